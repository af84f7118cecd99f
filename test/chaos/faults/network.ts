/** A network that is cut between two hosts: no byte passes any more, and no end is told. */
import { openHost, whyNoHost } from '../hosts.js';
import type { Fault } from './fault.js';
import { AT_WORK, placeIn } from './phases.js';

/** A worker is given up within three heartbeats. */
const HEARTBEATS = 4;

const cutBetween = (name: string, comesBack: boolean): Fault => ({
  name,
  conditions: () => ({ guests: 2, host: '0.0.0.0' }),
  missing: whyNoHost,
  async strike(stage, draws, tasks) {
    const host = await openHost();
    stage.afterwards.push(() => host.close());
    const witness = await stage.join('guest-0');
    await stage.join('guest-1', { wrapper: host.wrapper, url: `ws://${host.here}:${stage.port}` });
    await witness.tap.at(placeIn(draws, tasks, AT_WORK), () => witness.tap.hold());
    stage.strike();
    await host.cut();
    witness.tap.release();
    if (!comesBack) return;
    await new Promise((resolve) => setTimeout(resolve, 1000 * HEARTBEATS * stage.setting.heartbeat));
    await host.mend();
  },
});

export const cuts: readonly Fault[] = [cutBetween('network cut between two hosts', false), cutBetween('network cut, then mended', true)];
