/**
 * A shard's part of a certificate: the largest gradient, what is left of it in columns without penalty, and the columns nearest to entering.
 * The engine passes over all columns in float32; whatever could be among those asked for, by the proven bound of its rounding, is done
 * again in float64 (wasm/scan.ts).
 */
import type { FreeColumns } from '../certificate.js';
import type { HostColumns } from '../host-columns.js';
import type { ShardArray } from '../shard-memory.js';
import type { PreparedColumns } from './moments.js';
import { CANDIDATE_WIDTH, JUDGEMENT_WIDTH, placesOf, type ScanRequest } from './operations.js';

/** What a scan reads of a shard; columns are numbered from 0 here. */
export interface Scanned {
  readonly columns: HostColumns;
  readonly firstColumn: number;
  readonly prepared: Pick<PreparedColumns, 'means' | 'scales' | 'squaredNorms' | 'heldNorms'>;
  readonly featureWeights: ShardArray<Float64Array> | null;
  /** u'r: rounding, where columns are centred. */
  readonly residualSum: number;
}

export interface ScanResult {
  /** Max over penalized columns of pull / w. */
  readonly largest: number;
  readonly free: FreeColumns;
  /** Ids of the matrix, ascending, and CANDIDATE_WIDTH numbers for each. */
  readonly ids: Uint32Array;
  readonly facts: Float64Array;
}

/** A residual for an engine: r / unit in [-1, 1], so that its scale takes nothing from the range of float32. */
export interface EngineResidual {
  readonly unit: number;
  readonly values: Float32Array;
  /** ||r / unit||. */
  readonly norm: number;
}

export function engineResidual(residual: Float64Array): EngineResidual {
  let unit = 0;
  for (let i = 0; i < residual.length; i++) unit = Math.max(unit, Math.abs(residual[i]!));
  unit ||= 1;
  const values = new Float32Array(residual.length);
  let squares = 0;
  for (let i = 0; i < residual.length; i++) {
    const part = residual[i]! / unit;
    values[i] = part;
    squares += part * part;
  }
  return { unit, values, norm: Math.sqrt(squares) };
}

/** `dots[j]` = x_j'(r / unit) of every held column as the engine found it. */
export function scan({ columns, firstColumn, prepared, featureWeights, residualSum }: Scanned, request: ScanRequest, dots: Float32Array, { unit, norm }: Pick<EngineResidual, 'unit' | 'norm'>): ScanResult {
  const { memory, columns: count } = columns;
  const { means, scales, squaredNorms, heldNorms } = prepared;
  const { ids: support, beta } = ownSupport(request, firstColumn, count);
  const perColumn = (label: string) => memory.scratch(label, Float64Array, count).address;
  const scratch = [perColumn('pulls'), perColumn('errors'), perColumn('exact pulls'), perColumn('beta'), perColumn('keys')] as const;
  const [open, isIn] = [memory.scratch('open', Uint32Array, count), memory.scratch('is in', Uint8Array, count)];
  const dotsOf = memory.scratch('dots', Float32Array, count);
  const [judgement, facts] = [memory.scratch('judgement', Float64Array, JUDGEMENT_WIDTH), memory.scratch('facts', Float64Array, CANDIDATE_WIDTH * Math.min(request.candidates, count))];
  const [residualAt, supportAt, betaAt] = [memory.placed('vector', request.residual), memory.placed('ids', support), memory.placed('factors', beta)];
  dotsOf.view.set(dots);
  const functions = columns.functions();
  const ofProblem = request.problem * count * Float64Array.BYTES_PER_ELEMENT;
  functions.attachProblem(count, means.address + ofProblem, scales.address + ofProblem, squaredNorms.address + ofProblem, heldNorms.address, featureWeights?.address ?? 0);
  functions.attachPenalty(request.alpha, request.l1Ratio, request.nonNegative, request.samples);
  functions.attachResidual(residualAt, residualSum, norm, unit);
  functions.attachScratch(...scratch, open.address, isIn.address);
  const found = functions.scan(dotsOf.address, supportAt, betaAt, support.length, request.candidates, judgement.address, facts.address);
  const [largest, pull, cost] = judgement.view as unknown as [number, number, number];
  const ids = new Uint32Array(open.view.subarray(0, found));
  for (let k = 0; k < found; k++) ids[k]! += firstColumn;
  return { largest, free: { pull, cost }, ids, facts: new Float64Array(facts.view.subarray(0, CANDIDATE_WIDTH * found)) };
}

/** The support as far as it is this shard's, numbered within it. */
function ownSupport({ ids, beta }: ScanRequest, firstColumn: number, count: number): { ids: Uint32Array; beta: Float64Array } {
  const [begin, end] = placesOf(ids, { firstColumn, columns: count });
  return { ids: ids.slice(begin, end).map((id) => id - firstColumn), beta: beta.slice(begin, end) };
}
