/** What strads train says of checkpoints: fields for programs, a line for people. */
import { byteSize, counted } from '../report/numbers.js';
import type { Reporter } from '../report/reporter.js';
import type { CheckpointEvent, CheckpointResumed, CheckpointWritten } from '../runtime/checkpoint-plan.js';

/** `folder` as the user calls it. */
export function reportCheckpoint(reporter: Reporter, folder: string, event: CheckpointEvent): void {
  switch (event.kind) {
    case 'written':
      return reportWritten(reporter, folder, event);
    case 'failed':
      return reporter.notice(`checkpoint ${event.number} could not be written, and the run goes on without it: ${event.reason}`);
    case 'resumed':
      return reportResumed(reporter, folder, event);
  }
}

/** "checkpoint 17 · after 120,400 tasks · 1.2 MiB written in 0.05 s" */
function reportWritten(reporter: Reporter, folder: string, { number, tasks, bytes, seconds, paused, finished }: CheckpointWritten): void {
  const line = `checkpoint ${number} · after ${counted(tasks, 'task')} · ${byteSize(bytes)} written in ${seconds.toFixed(2)} s`;
  reporter.step('checkpoint', { folder, number, tasks, bytes, seconds, paused, finished }, line);
}

function reportResumed(reporter: Reporter, folder: string, { number, tasks, at, finished }: CheckpointResumed): void {
  const time = new Date(at).toISOString();
  const done = finished ? ': that run was done, and its model is made again' : '';
  reporter.step('resumed', { folder, number, tasks, at: time, finished }, `resumed from checkpoint ${number} of ${folder}, written at ${time} after ${counted(tasks, 'task')}${done}`);
}
