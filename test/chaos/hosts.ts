/** Another host, as far as the network goes: a network namespace, and a cable to it that can be cut. Linux, `ip`, and root. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ip = (...words: string[]) => run('ip', words);

export interface Host {
  /** Words before a command's own that run it there. */
  readonly wrapper: readonly string[];
  /** Address of this machine as seen from there. */
  readonly here: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

let hosts = 0;

export async function openHost(): Promise<Host> {
  const number = hosts++ % 64;
  const name = `strads-${process.pid}-${number}`;
  const [cable, far] = [`sc${process.pid}-${number}`, `sf${process.pid}-${number}`].map((device) => device.slice(-15)) as [string, string];
  const [here, there] = [`10.213.7.${4 * number + 1}`, `10.213.7.${4 * number + 2}`];
  await ip('netns', 'add', name);
  const close = async () => void (await ip('netns', 'del', name).catch(() => undefined));
  try {
    await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', far, 'netns', name);
    await ip('addr', 'add', `${here}/30`, 'dev', cable);
    await ip('link', 'set', cable, 'up');
    await ip('-n', name, 'addr', 'add', `${there}/30`, 'dev', far);
    await ip('-n', name, 'link', 'set', far, 'up');
    await ip('-n', name, 'link', 'set', 'lo', 'up');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    wrapper: ['ip', 'netns', 'exec', name],
    here,
    cut: async () => void (await ip('link', 'set', cable, 'down')),
    mend: async () => void (await ip('link', 'set', cable, 'up')),
    close,
  };
}

/** Why there can be none; null where there can. */
export async function whyNoHost(): Promise<string | null> {
  try {
    await (await openHost()).close();
    return null;
  } catch {
    return 'network namespaces can not be made here (Linux, ip, root)';
  }
}
