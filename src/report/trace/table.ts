/** A profile as text: what each kernel did and how near it came to what its adapter can do, and where the time of the rounds went. */
import { counted, grouped } from '../numbers.js';
import { inColumns } from './columns.js';
import { giga, LEGEND, percent, time } from './figures.js';
import { QUANTILE_ERROR } from './histogram.js';
import type { Device, KernelRow, Profile } from './profile.js';

export function profileTable(profile: Profile): string {
  return [...profile.devices.flatMap(kernelTable), ...roundTable(profile), ...clockLines(profile), ...timelineLines(profile), LEGEND].join('\n');
}

function kernelTable(device: Device): string[] {
  const { engine, adapter, software, workers, kernels } = device;
  const title = `kernels on ${adapter} (${engine}, ${counted(workers, 'worker')}${software ? '; a software adapter: its speed is no GPU’s' : ''}), ${ceilingText(device)}`;
  if (kernels.length === 0) return [title, '  none ran', ''];
  const header = ['kernel', 'calls', 'total', 'p50', 'p95', 'share', 'GB/s', 'GFLOP/s', 'roofline', 'bound', 'first', 'unreliable', 'clock'];
  return [title, ...inColumns([header, ...kernels.map(kernelCells)]).map((line) => `  ${line}`), ''];
}

function kernelCells({ kernel, timed, first, unreliable, p50, p95, share, bytesPerSecond, flopsPerSecond, roofline, clock, tags }: KernelRow): string[] {
  const isQuantized = tags.times === 'quantized';
  const modelled = { isModelled: true, isQuantized };
  return [
    kernel,
    grouped(timed.calls),
    time(timed.milliseconds, isQuantized),
    time(p50, isQuantized),
    time(p95, isQuantized),
    percent(share, { isQuantized }),
    giga(bytesPerSecond, modelled),
    giga(flopsPerSecond, modelled),
    percent(roofline?.share ?? null, modelled),
    roofline?.bound ?? '–',
    first.calls === 0 ? '–' : time(first.milliseconds / first.calls, isQuantized),
    unreliable.calls === 0 ? '0' : `${grouped(unreliable.calls)} !`,
    clock,
  ];
}

function ceilingText({ ceilings }: Device): string {
  if (ceilings === null) return 'ceilings not measured';
  const tag = { isModelled: false, isQuantized: ceilings.clock === 'gpu-quantized' };
  return `ceilings ${giga(ceilings.bytesPerSecond, tag)} GB/s and ${giga(ceilings.flopsPerSecond, tag)} GFLOP/s`;
}

function roundTable({ rounds, milliseconds, loadMilliseconds }: Profile): string[] {
  if (rounds.rounds === 0) return [];
  const rows = rounds.phases.map(({ phase, milliseconds: spent, tag }) => [phase, time(spent, tag === 'quantized'), time(spent / rounds.rounds, tag === 'quantized'), percent(spent / rounds.milliseconds, { isQuantized: tag === 'quantized' })]);
  const total = ['all', time(rounds.milliseconds), time(rounds.milliseconds / rounds.rounds), percent(1)];
  const outside = milliseconds - rounds.milliseconds - loadMilliseconds;
  return [
    `where the time of ${counted(rounds.rounds, 'round')} (${counted(rounds.tasks, 'task')}) went, along the slowest worker of each`,
    ...inColumns([['phase', 'total', 'a round', 'share'], ...rows, total]).map((line) => `  ${line}`),
    `  before and between them: ${time(loadMilliseconds)} to bring the data to the workers, ${time(outside)} elsewhere`,
    '',
  ];
}

function clockLines({ workers }: Profile): string[] {
  const told = workers.flatMap(({ name, clock }) => (clock && clock.exchanges > 0 ? [`${name} ± ${time(clock.roundTrip / 2)} (${counted(clock.exchanges, 'exchange')})`] : []));
  return told.length === 0 ? [] : [`clocks against the scheduler's: ${told.join(', ')}`];
}

function timelineLines({ timeline: { events, leftOut } }: Profile): string[] {
  const quantiles = `p50 and p95 to within ${100 * QUANTILE_ERROR} %`;
  if (leftOut === 0) return [`${counted(events, 'event')} in the timeline; ${quantiles}`];
  return [`${counted(events, 'event')} in the timeline, ${grouped(leftOut)} more left out of it; the tables have all of them; ${quantiles}`];
}
