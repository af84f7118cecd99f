/**
 * The one format of results. What is measured is a figure: samples with their median and spread. A row tells whose figures they are, on which
 * case, and the quality that was reached; a row with a speed can't be made without a quality, neither by the types nor in a file.
 */
import { z } from 'zod';
import { pairwise, spreadOf } from './statistics.js';

/** Of times less is better, of rates more. */
const TIMES = ['s', 'ms', 'µs', 'ns'] as const;
export type TimeUnit = (typeof TIMES)[number];
export type RateUnit = `${string}/s`;
export type SpeedUnit = TimeUnit | RateUnit;
const AMOUNTS = ['bytes', 'MiB', 'GiB', 'rounds', 'sweeps', 'variables', 'nonzeros', 'updates', '%', '×', ''] as const;
export type AmountUnit = (typeof AMOUNTS)[number];

const isTime = (unit: string): unit is TimeUnit => (TIMES as readonly string[]).includes(unit);

/** How many times better than the baseline, one number for each pair of samples of the same run. */
const ratioSchema = z.strictObject({ against: z.string().min(1), samples: z.array(z.number().positive()).min(1), median: z.number(), min: z.number(), max: z.number() });

const speedUnit = z.custom<SpeedUnit>((unit) => typeof unit === 'string' && (isTime(unit) || /^\S+\/s$/.test(unit)), 'expected s, ms, µs, ns or a rate such as rounds/s');

const samplesShape = { what: z.string().min(1), samples: z.array(z.number()).min(1), median: z.number(), min: z.number(), max: z.number() };

function agrees({ samples, median: middle, min, max }: { samples: readonly number[]; median: number; min: number; max: number }): boolean {
  if (samples.length === 0) return false;
  const spread = spreadOf(samples);
  return spread.median === middle && spread.min === min && spread.max === max;
}

const DISAGREES = 'median, min and max are not those of the samples';

const speedSchema = z
  .strictObject({ ...samplesShape, samples: z.array(z.number().positive()).min(1), unit: speedUnit, ratio: ratioSchema.nullable() })
  .refine(agrees, DISAGREES)
  .refine(({ ratio }) => ratio === null || agrees(ratio), `ratio: ${DISAGREES}`)
  .refine(({ ratio, samples }) => ratio === null || ratio.samples.length === samples.length, 'ratio: not as many as there are samples, so they are not taken pair by pair');

const amountSchema = z.strictObject({ ...samplesShape, unit: z.enum(AMOUNTS) }).refine(agrees, DISAGREES);

/** What was reached: 'relative gap' 3e-7, 'test RMSE' .8404; `aim` is what was to be reached, where there is such a thing. */
const qualitySchema = z.strictObject({ what: z.string().min(1), value: z.number(), aim: z.number().nullable() });

const rowShape = { case: z.string().min(1), who: z.string().min(1), amounts: z.array(amountSchema) };
const speedRowSchema = z.strictObject({ ...rowShape, speeds: z.tuple([speedSchema], speedSchema), quality: z.tuple([qualitySchema], qualitySchema) });
const amountRowSchema = z.strictObject({ ...rowShape, speeds: z.tuple([]), quality: z.array(qualitySchema) });
/** Correctness on an adapter whose speed is not a GPU's: the speeds that were measured are left out by name. */
const withheldRowSchema = z.strictObject({ ...rowShape, speeds: z.tuple([]), quality: z.tuple([qualitySchema], qualitySchema), withheld: z.array(z.string()).min(1) });
const rowSchema = z.union([speedRowSchema, withheldRowSchema, amountRowSchema]);

const tableSchema = z.strictObject({ title: z.string().min(1), note: z.string(), rows: z.array(rowSchema).min(1) });

const axisSchema = z.strictObject({ label: z.string().min(1), log: z.boolean() });
const chartSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  x: axisSchema,
  y: axisSchema,
  series: z.array(z.strictObject({ name: z.string().min(1), points: z.array(z.tuple([z.number(), z.number()])).min(1) })).min(1),
});

const resultShape = {
  tables: z.array(tableSchema).min(1),
  charts: z.array(chartSchema),
  /** Name and version of what was measured beside us. */
  peers: z.array(z.string()),
  /** What was left out, and why: peers and data sets that are not there. */
  missing: z.array(z.string()),
};

const provenanceSchema = z.strictObject({
  /** What to type to measure it again. */
  command: z.string().min(1),
  /** Null outside a clone. */
  commit: z.string().nullable(),
  versions: z.strictObject({ strads: z.string(), node: z.string(), webgpu: z.string() }),
  machine: z.string().min(1),
  engine: z.enum(['webgpu', 'wasm']),
  adapter: z.string().min(1),
  software: z.boolean(),
  scale: z.enum(['small', 'large']),
  repeats: z.int().min(1),
  workers: z.int().min(1),
});

export const sectionSchema = z
  .strictObject({ about: z.string().min(1), from: provenanceSchema, ...resultShape })
  .refine(({ from, tables }) => !from.software || tables.every(({ rows }) => rows.every(({ speeds }) => speeds.length === 0)), 'a software adapter has no speed to publish');

export type Ratio = Readonly<z.infer<typeof ratioSchema>>;
export type Speed = Readonly<z.infer<typeof speedSchema>>;
export type Amount = Readonly<z.infer<typeof amountSchema>>;
export type Quality = Readonly<z.infer<typeof qualitySchema>>;
export type SpeedRow = Readonly<z.infer<typeof speedRowSchema>>;
export type Row = Readonly<z.infer<typeof rowSchema>>;
export type Table = Readonly<z.infer<typeof tableSchema>>;
export type Chart = Readonly<z.infer<typeof chartSchema>>;
export type Provenance = Readonly<z.infer<typeof provenanceSchema>>;
export type Section = Readonly<z.infer<typeof sectionSchema>>;
/** What a benchmark brings home. */
export type Result = Pick<Section, 'tables' | 'missing'> & Partial<Pick<Section, 'charts' | 'peers'>>;

/** Samples of a baseline that were taken by turns with one's own. */
export interface Baseline {
  readonly name: string;
  readonly samples: readonly number[];
}

export function speed(what: string, unit: SpeedUnit, samples: readonly number[], baseline: Baseline | null = null): Speed {
  const better = baseline && (isTime(unit) ? pairwise(baseline.samples, samples) : pairwise(samples, baseline.samples));
  return { what, unit, samples: [...samples], ...spreadOf(samples), ratio: baseline && { against: baseline.name, samples: better!, ...spreadOf(better!) } };
}

/** Of one value, or of several where it varies. */
export function amount(what: string, unit: AmountUnit, values: number | readonly number[]): Amount {
  const samples = typeof values === 'number' ? [values] : [...values];
  return { what, unit, samples, ...spreadOf(samples) };
}

export function quality(what: string, value: number, aim: number | null = null): Quality {
  return { what, value, aim };
}

/** The worst of several tries, where less is better. */
export function worst(what: string, values: readonly number[], aim: number | null = null): Quality {
  return quality(what, Math.max(...values), aim);
}

type SpeedRowParts = Pick<SpeedRow, 'case' | 'who' | 'speeds' | 'quality'> & { readonly amounts?: readonly Amount[] };
type AmountRowParts = Pick<SpeedRow, 'case' | 'who'> & { readonly amounts: readonly Amount[]; readonly quality?: readonly Quality[] };

export function speedRow({ amounts = [], ...parts }: SpeedRowParts): Row {
  return { ...parts, amounts: [...amounts] };
}

export function amountRow({ amounts, quality: reached = [], ...parts }: AmountRowParts): Row {
  return { ...parts, speeds: [], amounts: [...amounts], quality: [...reached] };
}

/** The row without its speeds, which are named instead. */
export function withoutSpeeds(row: Row): Row {
  if (row.speeds.length === 0) return row;
  const { speeds, quality: reached, ...rest } = row as SpeedRow;
  return { ...rest, speeds: [], quality: reached, withheld: speeds.map(({ what }) => what) };
}

/** Throws Error with every place that does not fit the format. */
export function checkedSection(benchmark: string, section: unknown): Section {
  const parsed = sectionSchema.safeParse(section);
  if (parsed.success) return parsed.data;
  throw new Error(`${benchmark}: its results do not fit the format of bench/runner/result.ts:\n${z.prettifyError(parsed.error)}`);
}
