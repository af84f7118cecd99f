/** One worker of wasm inside the scheduler's process, over the loopback bus: no start-up cost, for small data and library use. */
import { loopback } from '../bus/loopback.js';
import type { GpuJsMode } from '../engine/gpujs.js';
import type { WorkerProgram } from '../program.js';
import { Cluster, type Member } from './cluster.js';
import { ceilingsHere, createEngine, factsOf } from './join.js';
import { memberOf } from './roster.js';
import type { RunProfile } from './run-profile.js';
import { RUN_OVER, type Session } from './session.js';
import { SharedMatrix } from './shared-matrix.js';
import { serve } from './worker.js';

/** Name and token of the one worker. */
const IN_PROCESS = 'in-process';

export async function openInProcess(programs: ReadonlyMap<string, WorkerProgram>, gpujs?: GpuJsMode, profile: RunProfile | null = null): Promise<Session> {
  const engine = await createEngine('wasm');
  const members: Member[] = [];
  const shared = new SharedMatrix();
  const bus = loopback();
  const listener = await bus.listen({ token: IN_PROCESS, run: 1, accept: () => null, onLink: (link, hello, address) => members.push({ ...memberOf(link, hello, address), shared }) });
  const workerLink = await bus.connect({ token: IN_PROCESS, hello: { name: IN_PROCESS, facts: { ...factsOf(engine, gpujs) } } });
  const served = serve(workerLink, engine, programs, { localData: shared, ceilings: () => ceilingsHere(engine) });
  let cluster: Cluster | null = null;
  return {
    members,
    cluster: (shards) => (cluster = new Cluster(members, shards, profile)),
    close: async () => {
      cluster?.fail(RUN_OVER);
      await listener.close();
      await served;
      await engine.close();
    },
  };
}
