/** Measured points as charts. */
import type { Chart } from '../runner/result.js';

/** What a step takes at one size. */
export interface Point {
  readonly series: string;
  readonly x: number;
  readonly milliseconds: number;
  /** Null where only the time is shown. */
  readonly bytes: number | null;
}

/** A chart of one figure of the points, on a logarithmic axis; points without the figure, or with none of it, have no place there. */
export function chartOf(name: string, title: string, x: Chart['x'], label: string, points: readonly Point[], figure: (point: Point) => number | null): Chart {
  const shown = points.flatMap((point) => {
    const y = figure(point);
    return y === null || y <= 0 ? [] : [{ series: point.series, at: [point.x, y] as [number, number] }];
  });
  const names = [...new Set(shown.map(({ series }) => series))];
  return { name, title, x, y: { label, log: true }, series: names.map((series) => ({ name: series, points: shown.filter((one) => one.series === series).map(({ at }) => at) })) };
}
