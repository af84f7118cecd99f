/** Two profiles side by side: for each kernel and each phase before, after and their ratio, and what is new or gone. */
import { grouped } from '../numbers.js';
import { inColumns } from './columns.js';
import { giga, LEGEND, NOTHING, ratio, time } from './figures.js';
import type { Device, KernelRow, Profile } from './profile.js';

export interface Change<Figures> {
  readonly name: string;
  /** Null where it is new. */
  readonly before: Figures | null;
  /** Null where it is gone. */
  readonly after: Figures | null;
}

export interface Comparison {
  readonly kernels: readonly Change<KernelRow>[];
  readonly phases: readonly Change<PhaseTime>[];
}

export interface PhaseTime {
  /** Of a round. */
  readonly milliseconds: number;
  readonly isQuantized: boolean;
}

export function compareProfiles(before: Profile, after: Profile): Comparison {
  return { kernels: changes(kernelsOf(before), kernelsOf(after)), phases: changes(phasesOf(before), phasesOf(after)) };
}

function changes<Figures>(before: ReadonlyMap<string, Figures>, after: ReadonlyMap<string, Figures>): Change<Figures>[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.map((name) => ({ name, before: before.get(name) ?? null, after: after.get(name) ?? null }));
}

/** By name, and by device where there are several kinds. */
function kernelsOf({ devices }: Profile): Map<string, KernelRow> {
  const label = ({ engine, adapter }: Device, kernel: string) => `${kernel} · ${engine}${devices.filter((device) => device.engine === engine).length > 1 ? ` on ${adapter}` : ''}`;
  return new Map(devices.flatMap((device) => device.kernels.map((row) => [label(device, row.kernel), row] as const)));
}

function phasesOf({ rounds }: Profile): Map<string, PhaseTime> {
  if (rounds.rounds === 0) return new Map();
  const all = { phase: 'all', milliseconds: rounds.milliseconds, tag: 'measured' };
  return new Map([...rounds.phases, all].map(({ phase, milliseconds, tag }) => [phase, { milliseconds: milliseconds / rounds.rounds, isQuantized: tag === 'quantized' }]));
}

export function comparisonTable({ kernels, phases }: Comparison, names: readonly [before: string, after: string]): string {
  const kernelHeader = ['kernel', 'calls', '', 'total', '', '', 'p50', '', '', 'GB/s', ''];
  const kernelUnits = ['', 'before', 'after', 'before', 'after', 'ratio', 'before', 'after', 'ratio', 'before', 'after'];
  const phaseHeader = ['phase, a round', 'before', 'after', 'ratio'];
  return [
    `before: ${names[0]}`,
    `after:  ${names[1]}`,
    '',
    ...inColumns([kernelHeader, kernelUnits, ...kernels.map(kernelCells)]),
    '',
    ...inColumns([phaseHeader, ...phases.map(phaseCells)]),
    '',
    'ratio: after by before, below 1 is faster',
    LEGEND,
  ].join('\n');
}

function kernelCells({ name, before, after }: Change<KernelRow>): string[] {
  const pair = (cell: (row: KernelRow | null) => string) => [cell(before), cell(after)];
  const compared = (figure: (row: KernelRow) => number | null) => ratioOf(before && { figure: figure(before) }, after && { figure: figure(after) });
  return [
    name,
    ...pair((row) => (row === null ? NOTHING : grouped(row.timed.calls))),
    ...pair((row) => time(row?.timed.milliseconds ?? null, isQuantized(row))),
    compared(({ timed }) => timed.milliseconds),
    ...pair((row) => time(row?.p50 ?? null, isQuantized(row))),
    compared(({ p50 }) => p50),
    ...pair((row) => giga(row?.bytesPerSecond ?? null, { isModelled: true, isQuantized: isQuantized(row) })),
  ];
}

function isQuantized(row: KernelRow | null): boolean {
  return row?.tags.times === 'quantized';
}

function phaseCells({ name, before, after }: Change<PhaseTime>): string[] {
  const cell = (phase: PhaseTime | null) => time(phase?.milliseconds ?? null, phase?.isQuantized);
  return [name, cell(before), cell(after), ratioOf(before && { figure: before.milliseconds }, after && { figure: after.milliseconds })];
}

interface Compared {
  readonly figure: number | null;
}

function ratioOf(before: Compared | null, after: Compared | null): string {
  if (before === null) return 'new';
  if (after === null) return 'gone';
  return before.figure === null || after.figure === null ? NOTHING : ratio(before.figure, after.figure);
}
