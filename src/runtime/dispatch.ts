/** A task on its way to the workers, after the commits that it may read. */
import type { Commit, Task } from '../program.js';
import { commitFrame, taskFrame, type FrameAddress } from './protocol.js';
import type { Seat } from './seat.js';

/** To every host, in one message each. */
export function dispatch(seats: readonly Seat[], address: FrameAddress, task: Task, commits: readonly Commit[]): void {
  const frames = [...commits.map((commit) => commitFrame(address, commit)), taskFrame(address, task)];
  for (const { member, shards } of seats) {
    if (shards.length === 0) continue;
    for (const [i, outgoing] of frames.entries()) member.link.send(outgoing, i < frames.length - 1 ? 'next' : 'now');
  }
}
