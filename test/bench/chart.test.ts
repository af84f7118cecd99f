/** Charts as SVG. */
import { describe, expect, it } from 'vitest';
import { drawChart } from '../../bench/runner/chart.js';
import type { Chart } from '../../bench/runner/result.js';

const chart: Chart = {
  name: 'time',
  title: 'Time & <effort>',
  x: { label: 'variables', log: true },
  y: { label: 'ms a round', log: true },
  series: [
    { name: 'one', points: [[1e4, 1], [1e6, 10], [1e8, 100]] },
    { name: 'two', points: [[1e4, 1.01], [1e8, 100.5]] },
  ],
};

const numbersOf = (svg: string, pattern: RegExp) => Array.from(svg.matchAll(pattern), ([, x, y]) => [Number(x), Number(y)]);

describe('chart', () => {
  it('draws every point, evenly by powers of ten', () => {
    const points = numbersOf(drawChart(chart), /<circle cx="([\d.]+)" cy="([\d.]+)"/g);
    expect(points).toHaveLength(5);
    const [[x0, y0], [x1, y1], [x2, y2]] = points as [number[], number[], number[]];
    expect(x1! - x0!).toBeCloseTo(x2! - x1!, 0);
    expect(y0! - y1!).toBeCloseTo(y1! - y2!, 0);
    expect(y2!).toBeLessThan(y0!);
  });

  it('labels ticks as powers, escapes text, and knows dark pages', () => {
    const svg = drawChart(chart);
    expect(svg).toContain('>10⁸</text>');
    expect(svg).toContain('Time &amp; &lt;effort&gt;');
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('keeps names of series that end together apart', () => {
    const places = numbersOf(drawChart(chart), /<text x="([\d.]+)" y="([\d.]+)" style/g).map(([, y]) => y!);
    expect(Math.abs(places[0]! - places[1]!)).toBeGreaterThanOrEqual(17);
  });

  it('begins a linear axis at nothing', () => {
    const svg = drawChart({ ...chart, x: { label: 'workers', log: false }, series: [{ name: 'one', points: [[1, 5], [4, 2]] }] });
    expect(svg).toMatch(/text-anchor="middle"[^>]*>0<\/text>/);
  });

  it('has no place for 0 on a logarithmic axis', () => {
    expect(() => drawChart({ ...chart, series: [{ name: 'one', points: [[0, 1]] }] })).toThrow('0 has no place on a logarithmic axis');
  });

  it('draws a series of one point', () => {
    expect(drawChart({ ...chart, series: [{ name: 'one', points: [[100, 7]] }] })).not.toContain('NaN');
  });
});
