/** strads worker: joins a scheduler elsewhere and serves until that says goodbye. */
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { workerModule } from '../../models/workers.js';
import { HEARTBEAT_SECONDS } from '../bus/options.js';
import { chooseEngine, type EngineRequest } from '../engine/choose-engine.js';
import { TLS_FLAGS } from '../runtime/certificates.js';
import { Guest } from '../runtime/guest.js';
import { joinOptions } from '../runtime/join-options.js';
import { UsageError } from '../runtime/worker-request.js';
import { catchInterrupt } from './interrupt.js';
import { positive } from './numbers.js';
import { exposedFiles, readToken } from './secrets.js';
import { addTlsOptions, tlsFiles, type TlsFlags } from './tls-options.js';

interface WorkerFlags extends TlsFlags {
  readonly connect: string;
  readonly tokenFile: string;
  readonly engine: EngineRequest;
  readonly name?: string;
  readonly patience?: number;
  readonly heartbeat: number;
  readonly dataRoot?: string;
  readonly peerListen?: string;
}

const NAMES = { connect: '--connect', peerListen: '--peer-listen', name: '--name', ...TLS_FLAGS };

export function workerCommand(): Command {
  const command = new Command('worker')
    .description('join a scheduler on another machine, at any moment of its run, and work for it')
    .requiredOption('--connect <url>', 'address of the scheduler, as it prints it: ws://host:port or wss://host:port')
    .requiredOption('--token-file <file>', 'file with the join token of the run')
    .addOption(new Option('--engine <engine>', 'where kernels run').choices(['auto', 'webgpu', 'wasm']).default('auto'))
    .option('--name <name>', 'name in the report (default: host name and process number)')
    .option('--data-root <folder>', "where this machine may have the run's data file: if it does, byte for byte, the data are read here, else they are sent")
    .option('--peer-listen <host:port>', 'take blocks of the model from other workers here, directly, instead of by the scheduler; 0.0.0.0:port is told to them with the address that the scheduler sees, port 0 is any that is free')
    .option('--patience <seconds>', 'how long to try when nobody answers (default: 10, and 600 to join again)', positive)
    .option('--heartbeat <seconds>', 'how often its links to other workers say that they are alive; for the link to the scheduler its own --heartbeat counts', positive, HEARTBEAT_SECONDS)
    .addHelpText('after', '\nCtrl-C once lets the scheduler move the work of this worker to others before it leaves; twice quits at once.\nA worker that loses its scheduler joins anew when one answers there again.')
    .action(work);
  return addTlsOptions(command, {
    cert: 'certificate of this worker (PEM), for a scheduler that demands one and for --peer-listen',
    key: 'private key of --tls-cert',
    ca: "certificate of the authority that signed the scheduler's and the other workers' (PEM); the usual ones unless given",
  });
}

async function work({ connect, tokenFile, engine, name = `${hostname()}-${process.pid}`, patience, heartbeat, dataRoot, peerListen, ...tls }: WorkerFlags): Promise<void> {
  const joining = await joinOptions({ connect, name, peerListen, ...tlsFiles(tls) }, NAMES);
  const token = await readToken(tokenFile);
  for (const sentence of await exposedFiles({ '--token-file': tokenFile, '--tls-key': tls.tlsKey })) process.stderr.write(`${sentence}\n`);
  const folder = dataRoot === undefined ? undefined : await folderNamed(dataRoot);
  const chosen = await chooseEngine(engine);
  say(chosen.why);
  const guest = new Guest({
    module: workerModule,
    env: chosen.env,
    request: { ...joining, token, heartbeat, engine: chosen.kind, dataRoot: folder },
    patience,
    notice: say,
  });
  const interrupt = catchInterrupt(() => {
    guest.leave();
    say('leaving once the scheduler has moved the work of this worker to others; Ctrl-C again quits at once');
  });
  say(await guest.over.finally(() => interrupt.release()));
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** The absolute path. Throws UsageError when it is no folder. */
async function folderNamed(path: string): Promise<string> {
  const found = await stat(path).catch((error: Error) => {
    throw new UsageError(`--data-root ${path}: can't be looked into (${error.message}); give the folder with the data, or leave it out: then they are sent here`);
  });
  if (!found.isDirectory()) throw new UsageError(`--data-root ${path}: is a file, expected the folder that it lies in`);
  return resolve(path);
}
