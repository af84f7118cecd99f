/** How fast the bus is: strict rounds a second with two workers, and the rate of large frames to one, beside bare `ws` with its own two workers. */
import { repeatedly, timed, type Benchmark, type Context } from '../runner/benchmark.js';
import { quality, speed, speedRow, type Row } from '../runner/result.js';
import { TRANSPORTS, Verb, type Channel, type Opened } from './transports.js';

const WORKERS = 2;
const SMALL_BYTES = 256;
const LARGE_BYTES = 4 << 20;
const WARM_UP_ROUNDS = 3000;
const ROUNDS = 5000;
const LARGE_FRAMES = 32;

/** One try of one transport. */
interface Try {
  readonly roundSeconds: number;
  readonly streamSeconds: number;
  /** Answers that were not the bytes of the round they were to answer. */
  readonly wrong: number;
}

export const bus: Benchmark = {
  name: 'bus',
  about: `Strict rounds between a scheduler and ${WORKERS} workers (${SMALL_BYTES} bytes to each, the next round when both have answered), and ${LARGE_BYTES >> 20} MiB frames to one of them.`,
  needsData: false,
  usesEngine: false,
  async run(context) {
    const opened: Opened[] = [];
    try {
      for (const transport of TRANSPORTS) opened.push(await transport.open(WORKERS));
      return { tables: [{ title: `${WORKERS} workers on one machine`, note: 'Workers over sockets are processes; on loopback they live in this one. By turns; ratios are taken pair by pair.', rows: await measure(context, opened) }], missing: [] };
    } finally {
      for (const one of opened) await one.close();
    }
  },
};

async function measure(context: Context, opened: readonly Opened[]): Promise<Row[]> {
  for (const { channels } of opened) {
    await rounds(channels, WARM_UP_ROUNDS);
    await stream(channels[0]!);
  }
  const turns = await repeatedly(context, async () => {
    const tries: Try[] = [];
    for (const { channels } of opened) tries.push(await tryOnce(channels));
    return tries;
  });
  return TRANSPORTS.map(({ name }, t) => rowOf(name, t === 0 ? null : TRANSPORTS[0]!.name, turns.map((tries) => tries[t]!), turns.map((tries) => tries[0]!)));
}

async function tryOnce(channels: readonly Channel[]): Promise<Try> {
  const round = await timed(() => rounds(channels, ROUNDS));
  const streamed = await timed(() => stream(channels[0]!));
  return { roundSeconds: round.seconds, streamSeconds: streamed.seconds, wrong: round.value };
}

function rowOf(who: string, against: string | null, tries: readonly Try[], baseline: readonly Try[]): Row {
  const roundRate = ({ roundSeconds }: Try) => ROUNDS / roundSeconds;
  const streamRate = ({ streamSeconds }: Try) => (LARGE_FRAMES * LARGE_BYTES) / 1e6 / streamSeconds;
  const compared = (rate: (one: Try) => number) => (against === null ? null : { name: against, samples: baseline.map(rate) });
  return speedRow({
    case: `${ROUNDS.toLocaleString('en-US')} rounds, ${LARGE_FRAMES} frames`,
    who,
    speeds: [speed('strict rounds', 'rounds/s', tries.map(roundRate), compared(roundRate)), speed('large frames', 'MB/s', tries.map(streamRate), compared(streamRate))],
    quality: [quality('wrong answers', tries.reduce((sum, { wrong }) => sum + wrong, 0))],
  });
}

/** Resolves to the number of wrong answers. */
function rounds(channels: readonly Channel[], count: number): Promise<number> {
  const values = new Uint8Array(SMALL_BYTES);
  return new Promise((resolve) => {
    let [round, answers, wrong] = [0, 0, 0];
    const start = (): void => {
      for (const channel of channels) channel.send(Verb.echo, round, values);
    };
    for (const channel of channels) {
      channel.onAnswer = (answered, length) => {
        if (answered !== round || length !== SMALL_BYTES) wrong++;
        if (++answers < channels.length) return;
        answers = 0;
        if (++round === count) resolve(wrong);
        else start();
      };
    }
    start();
  });
}

async function stream(channel: Channel): Promise<void> {
  const values = new Uint8Array(LARGE_BYTES);
  const arrived = new Promise<void>((resolve) => (channel.onAnswer = () => resolve()));
  for (let i = 0; i < LARGE_FRAMES; i++) {
    await channel.ready();
    channel.send(Verb.swallow, i, values);
  }
  channel.send(Verb.end, 0, new Uint8Array(0));
  await arrived;
}
