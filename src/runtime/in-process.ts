/** One worker of wasm inside the scheduler's process, over the loopback bus: no start-up cost, for small data and library use. */
import { loopback } from '../bus/loopback.js';
import type { GpuJsMode } from '../engine/gpujs.js';
import type { WorkerProgram } from '../program.js';
import { Cluster, type Member } from './cluster.js';
import { ceilingsHere, createEngine, factsOf } from './join.js';
import type { CheckpointPlan } from './checkpoint-plan.js';
import { ownBlocksIn } from './own-blocks.js';
import { recoveryOf } from './recovery-options.js';
import { memberOf } from './roster.js';
import type { RunProfile } from './run-profile.js';
import { RUN_OVER, type Session } from './session.js';
import { SharedMatrix } from './shared-matrix.js';
import { serve } from './worker.js';

/** Name and token of the one worker. */
const IN_PROCESS = 'in-process';

export interface InProcessOptions {
  /** What its JavaScript kernels run on. */
  readonly gpujs?: GpuJsMode | undefined;
  readonly profile?: RunProfile | null | undefined;
  /** Where checkpoints go, if they are asked for. */
  readonly checkpoint?: CheckpointPlan | undefined;
  readonly notice?: ((sentence: string) => void) | undefined;
}

export async function openInProcess(programs: ReadonlyMap<string, WorkerProgram>, { gpujs, profile = null, checkpoint, notice = () => undefined }: InProcessOptions = {}): Promise<Session> {
  const kept = checkpoint && (await recoveryOf({ checkpoint, allowEngineChange: false, expectsGuests: false, notice }));
  const recovery = kept?.recovery ?? null;
  const engine = await createEngine('wasm');
  const members: Member[] = [];
  const shared = new SharedMatrix();
  const bus = loopback();
  const listener = await bus.listen({ token: IN_PROCESS, run: 1, accept: () => null, onLink: (link, hello, address) => members.push({ ...memberOf(link, hello, address), shared }) });
  const workerLink = await bus.connect({ token: IN_PROCESS, hello: { name: IN_PROCESS, facts: { ...factsOf(engine, gpujs) } } });
  const served = serve(workerLink, engine, programs, { localData: shared, ownBlocks: kept ? ownBlocksIn(kept.snapshots) : null, ceilings: () => ceilingsHere(engine) });
  let cluster: Cluster | null = null;
  return {
    members,
    cluster: (shards) => (cluster = new Cluster(members, shards, { profile, recovery })),
    close: async () => {
      await cluster?.close(RUN_OVER);
      await listener.close();
      await served;
      await engine.close();
    },
  };
}
