/** strads worker: joins a scheduler elsewhere and serves one run. */
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { workerModule } from '../../models/workers.js';
import { BusError } from '../bus/error.js';
import { HEARTBEAT_SECONDS } from '../bus/options.js';
import { chooseEngine, type EngineRequest } from '../engine/choose-engine.js';
import { TLS_FLAGS } from '../runtime/certificates.js';
import { joinOptions } from '../runtime/join-options.js';
import { startWorkerProcess } from '../runtime/worker-process.js';
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
  readonly patience: number;
  readonly heartbeat: number;
  readonly dataRoot?: string;
  readonly peerListen?: string;
}

const NAMES = { connect: '--connect', peerListen: '--peer-listen', name: '--name', ...TLS_FLAGS };

export function workerCommand(): Command {
  const command = new Command('worker')
    .description('join a scheduler on another machine and work for its run')
    .requiredOption('--connect <url>', 'address of the scheduler, as it prints it: ws://host:port or wss://host:port')
    .requiredOption('--token-file <file>', 'file with the join token of the run')
    .addOption(new Option('--engine <engine>', 'where kernels run').choices(['auto', 'webgpu', 'wasm']).default('auto'))
    .option('--name <name>', 'name in the report (default: host name and process number)')
    .option('--data-root <folder>', "where this machine may have the run's data file: if it does, byte for byte, the data are read here, else they are sent")
    .option('--peer-listen <host:port>', 'take blocks of the model from other workers here, directly, instead of by the scheduler; 0.0.0.0:port is told to them with the address that the scheduler sees, port 0 is any that is free')
    .option('--patience <seconds>', 'how long to try when nobody answers', positive, 10)
    .option('--heartbeat <seconds>', 'how often its links to other workers say that they are alive; for the link to the scheduler its own --heartbeat counts', positive, HEARTBEAT_SECONDS)
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
  process.stderr.write(`${chosen.why}\n`);
  const request = { ...joining, token, heartbeat, engine: chosen.kind, patienceMs: patience * 1000, dataRoot: folder };
  const worker = startWorkerProcess({ module: workerModule, env: chosen.env, request });
  const interrupt = catchInterrupt(() => process.stderr.write('this worker goes on until the scheduler ends the run; Ctrl-C again quits it\n'));
  const closed = await worker.ended.finally(() => interrupt.release());
  if (closed.reason !== 'closed' && closed.reason !== 'peer-closed') throw new BusError(closed.reason === 'lost' ? 'lost' : 'protocol', closed.message);
  process.stderr.write('the run is over\n');
}

/** The absolute path. Throws UsageError when it is no folder. */
async function folderNamed(path: string): Promise<string> {
  const found = await stat(path).catch((error: Error) => {
    throw new UsageError(`--data-root ${path}: can't be looked into (${error.message}); give the folder with the data, or leave it out: then they are sent here`);
  });
  if (!found.isDirectory()) throw new UsageError(`--data-root ${path}: is a file, expected the folder that it lies in`);
  return resolve(path);
}
