/** node elsewhere.mjs ws://host:7071 token — a worker on another machine, which has a copy of this folder. */
import { readFileSync } from 'node:fs';
import { work } from 'strads/program';

const [connect, tokenFile] = process.argv.slice(2);
await work({
  connect,
  token: readFileSync(tokenFile, 'utf8').trim(),
  program: { name: 'ridge', worker: new URL('./worker.mjs', import.meta.url) },
});
