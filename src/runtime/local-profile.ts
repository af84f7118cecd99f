/** The profile of a command whose engines are in its own process and that has no rounds: kernels, and what the host does for them. */
import type { Engine } from '../engine/engine.js';
import type { EngineProfiler } from '../engine/profiler.js';
import type { Profile } from '../report/trace/profile.js';
import { Recorder } from '../report/trace/recorder.js';
import { SpanRows } from '../report/trace/spans.js';
import { TraceFile } from '../report/trace/trace-file.js';
import { ceilingsHere } from './join.js';

export class LocalProfile {
  readonly #command: string;
  readonly #file: TraceFile;
  readonly #recorder: Recorder;
  readonly #rows: SpanRows[] = [];

  /** `path`: found writable. `command`: what the user called. */
  constructor(path: string, command: string) {
    this.#command = command;
    this.#file = new TraceFile(path);
    this.#recorder = new Recorder({ sink: (text) => this.#file.write(text), name: `strads ${command}` });
  }

  /** Begins the file, which stays until the profile is finished or discarded. */
  begin(): Promise<void> {
    return this.#file.open();
  }

  /** Hears of an engine's work once it resolves, with what its adapter can do at the most. */
  async listen(engine: Engine): Promise<void> {
    const ceilings = await ceilingsHere(engine);
    const { kind, adapter, software } = engine;
    const worker = this.#recorder.addWorker({ name: this.#command, engine: kind, adapter, software }, { isHere: true });
    this.#recorder.measured(worker, ceilings);
    const rows = new SpanRows((chunk) => this.#recorder.spans(worker, chunk, performance.now()));
    this.#rows.push(rows);
    engine.profile(profilerInto(rows));
  }

  /** Brings the trace to its place, once the engines have finished. DataError where it could not be written. */
  finish(): Profile {
    for (const rows of this.#rows) rows.flush();
    const profile = this.#recorder.finish(this.#command);
    this.#file.finish(profile);
    return profile;
  }

  /** Leaves nothing of it behind, except a trace that is in its place. */
  discard(): void {
    this.#file.discard();
  }
}

function profilerInto(rows: SpanRows): EngineProfiler {
  return {
    place: { round: 0, task: 0 },
    dispatched: ({ kernel, cost, ...span }) => rows.addKernel({ ...span, ...cost, kernel: kernel.name }),
    host: ({ activity, round, task, begin, end, bytes }) => rows.add(activity, round, task, begin, end, bytes),
  };
}
