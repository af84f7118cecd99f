/** Makes the commands that package.json names executable: the compiler does not, and npm only does where it installs them. */
import { chmodSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const { bin } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
for (const path of Object.values(bin)) chmodSync(new URL(path, root), 0o755);
