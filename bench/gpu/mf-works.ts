/** The streaming kernels of a rank's update in factorization, on the ratings of the prize's shape in one cell. */
import { mf } from '#kernels';
import { compress, mostCutPieces, type CompressedCell, type Entries } from '../../models/mf/cells.js';
import { overPieces } from '../../models/mf/worker/pieces.js';
import type { Engine } from '../../src/engine/engine.js';
import { ITEMS, USERS } from '../generated/netflix.js';
import { netflixSets } from '../generated/netflix-sets.js';
import { Pattern, repeated } from './pattern.js';
import { readFloats, sampled, Sum, type StreamingWork } from './streaming-work.js';

const SIDES = { user: { rows: USERS, columns: ITEMS }, item: { rows: ITEMS, columns: USERS } } as const;

/** A pass over the residuals by user or by item. */
export function rankPass(ratings: number, side: keyof typeof SIDES): StreamingWork {
  const { rows, columns } = SIDES[side];
  return {
    name: `sparse rank update by ${side}`,
    title: `${USERS} × ${ITEMS}, ${ratings} ratings`,
    prepare(engine) {
      const cell = compress(entriesOf(ratings, side), rows, 0, 0);
      const buffers = passBuffers(engine, cell, rows, columns);
      return {
        buffers: Object.values(buffers),
        run: () => overPieces(engine, cell.index, { kernel: mf.residualDots, buffers, parameters: { accumulate: 0, implicit: 0 }, columns, table: buffers.sums, rows, width: 2, accumulate: false, binned: true }),
        deviation: async () => passDeviation(cell, await readFloats(engine, buffers.residual), await readFloats(engine, buffers.sums)),
      };
    },
  };
}

function entriesOf(ratings: number, side: keyof typeof SIDES): Entries {
  const { train: { userOf, itemOf, values } } = netflixSets(ratings);
  return side === 'user' ? { major: userOf, minor: itemOf, values } : { major: itemOf, minor: userOf, values };
}

const [rowNumbers, columnNumbers] = [new Pattern(4), new Pattern(5)];

function passBuffers(engine: Engine, { pieces, ids, values }: CompressedCell, rows: number, columns: number) {
  const idsBuffer = repeated(engine, 'ids', ids as Uint32Array<ArrayBuffer>, ids.length);
  return {
    pieces: repeated(engine, 'pieces', pieces as Uint32Array<ArrayBuffer>, pieces.length),
    ids: idsBuffer,
    residual: repeated(engine, 'residual', values as Float32Array<ArrayBuffer>, values.length),
    confidence: idsBuffer,
    rowTerms: rowNumbers.buffer(engine, 'row terms', 2 * rows),
    columnTerms: columnNumbers.buffer(engine, 'column terms', 4 * columns),
    sums: engine.createBuffer('sums', 8 * (rows + mostCutPieces(ids.length))),
  };
}

/** Of a sample of the rows: their residuals after one pass, and both sums over them. */
function passDeviation({ pieces, ids, values, index }: CompressedCell, residual: Float32Array, sums: Float32Array): number {
  let worst = 0;
  for (const piece of sampled(index.count)) {
    const row = pieces[2 * piece];
    const dots = new Sum();
    const squares = new Sum();
    for (let part = 0; part < index.count; part++) {
      if (pieces[2 * part] !== row) continue;
      for (let e = pieces[2 * part + 1]; e < pieces[2 * part + 3]; e++) {
        const [x, y, z] = [0, 1, 2].map((k) => columnNumbers.at(4 * ids[e] + k));
        const entry = new Sum();
        entry.add(values[e], 1);
        entry.add(-rowNumbers.at(2 * row), x);
        entry.add(-rowNumbers.at(2 * row + 1), y);
        worst = Math.max(worst, entry.deviationOf(residual[e]));
        dots.add(entry.value, z);
        squares.add(z, z);
      }
    }
    worst = Math.max(worst, dots.deviationOf(sums[2 * row]), squares.deviationOf(sums[2 * row + 1]));
  }
  return worst;
}

/** The users' step at a rank: one number out of each row of the table, and the terms of the next passes. */
export function rankSolve(rows: number, stride: number): StreamingWork {
  const rank = stride >> 1;
  return {
    name: 'rank solve',
    title: `${rows} rows of ${stride}`,
    prepare(engine) {
      const [sums, factors, penalties] = [new Pattern(6), new Pattern(7), new Pattern(8)];
      // Squared sums and penalties are positive.
      const positive = (pattern: Pattern, place: number) => Math.fround(1 + Math.fround(pattern.at(place)) ** 2);
      const sumPairs = Float32Array.from({ length: 2 * rows }, (_, at) => (at % 2 === 0 ? sums.at(at) : positive(sums, at)));
      const weights = Float32Array.from({ length: rows }, (_, row) => positive(penalties, row));
      const make = (name: string, width: number) => engine.createBuffer(name, 4 * width * rows);
      const buffers = {
        sums: repeated(engine, 'sums', sumPairs, sumPairs.length), factors: factors.buffer(engine, 'factors', rows * stride), penalties: repeated(engine, 'penalties', weights, rows),
        gramColumn: engine.createBuffer('Gram column', 4 * stride), rowTerms: make('row terms', 2), columnTerms: make('column terms', 4), decrease: make('decrease', 1),
      };
      return {
        buffers: Object.values(buffers),
        run: () => engine.dispatch({ kernel: mf.rankSolve, buffers, parameters: { rows, stride, rank, implicit: 0, nonnegative: 0, update: 1 }, workgroups: Math.ceil(rows / 64) }),
        async deviation() {
          const terms = await readFloats(engine, buffers.columnTerms);
          return sampled(rows, 1000).reduce((worst, row) => {
            const old = factors.at(row * stride + rank);
            const solution = old + (sumPairs[2 * row] - weights[row] * old) / (sumPairs[2 * row + 1] + weights[row]);
            return Math.max(worst, Math.abs(terms[4 * row + 2] - solution));
          }, 0);
        },
      };
    },
  };
}

/** One number of each row out of the table. */
export function columnOut(rows: number, stride: number): StreamingWork {
  const rank = stride >> 1;
  return {
    name: 'column out',
    title: `${rows} rows of ${stride}`,
    prepare(engine) {
      const factors = new Pattern(7);
      const buffers = { factors: factors.buffer(engine, 'factors', rows * stride), gramColumn: engine.createBuffer('Gram column', 4 * stride), out: engine.createBuffer('out', 8 * rows) };
      return {
        buffers: Object.values(buffers),
        run: () => engine.dispatch({ kernel: mf.columnOut, buffers, parameters: { rows, stride, rank, implicit: 0 }, workgroups: Math.ceil(rows / 64) }),
        async deviation() {
          const out = await readFloats(engine, buffers.out);
          return sampled(rows, 1000).reduce((worst, row) => Math.max(worst, Math.abs(out[2 * row] - factors.at(row * stride + rank))), 0);
        },
      };
    },
  };
}

/** One number of each row into the table. */
export function columnIn(rows: number, stride: number): StreamingWork {
  const rank = stride >> 1;
  return {
    name: 'column in',
    title: `${rows} rows of ${stride}`,
    prepare(engine) {
      const values = new Pattern(9);
      const buffers = { values: values.buffer(engine, 'values', rows), factors: engine.createBuffer('factors', 4 * rows * stride) };
      return {
        buffers: Object.values(buffers),
        run: () => engine.dispatch({ kernel: mf.columnIn, buffers, parameters: { rows, stride, rank }, workgroups: Math.ceil(rows / 64) }),
        async deviation() {
          const requests = sampled(rows).map((row) => ({ buffer: buffers.factors, byteOffset: 4 * (row * stride + rank), bytes: 4 }));
          const found = await engine.read(requests);
          return sampled(rows).reduce((worst, row, k) => Math.max(worst, Math.abs(new Float32Array(found[k])[0] - values.at(row))), 0);
        },
      };
    },
  };
}
