/**
 * A line chart as SVG: one or two logarithmic axes, a line with points for each series, names at the ends of the lines. It is readable where a page is dark
 * and where it is light. A hundred lines that need no DOM stand here instead of a plotting library, which would bring one.
 */
import type { Chart } from './result.js';

const WIDTH = 820;
const HEIGHT = 440;
/** Room for the title and axes; to the right, for the names of the series. */
const PLOT = { left: 78, right: WIDTH - 240, top: 46, bottom: HEIGHT - 58 } as const;
/** Names at the ends of lines keep so far apart. */
const NAME_HEIGHT = 17;
const MOST_TICKS = 10;
const MOST_OWN_TICKS = 8;
/** Room before the first and behind the last value, of the axis between them. */
const AROUND = 0.05;

/** Apart for people who confuse red and green, and against both backgrounds (Okabe and Ito, darkened where they were too pale). */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#b5618f', '#b58900', '#4aa3df', '#7a7a7a'];
const DASHES = ['', '7 4', '2 3', '9 3 2 3'];

type Axis = Chart['x'];

/** From values to pixels. */
interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

export function drawChart({ title, x, y, series }: Chart): string {
  const points = series.flatMap((one) => one.points);
  const horizontal = horizontalScale(x, points.map(([at]) => at));
  const vertical = scaleOf(y, points.map(([, at]) => at), [PLOT.bottom, PLOT.top]);
  const lines = series.map(({ points: own }, i) => seriesText(own.map(([a, b]) => [horizontal.at(a), vertical.at(b)]), i));
  const ends = series.map(({ points: own }) => vertical.at(own.at(-1)![1]));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    STYLE,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${PLOT.left}" y="24">${escaped(title)}</text>`,
    ...horizontal.ticks.map((tick) => horizontalTick(tick, horizontal.at(tick))),
    ...vertical.ticks.map((tick) => verticalTick(tick, vertical.at(tick))),
    `<text class="label" text-anchor="middle" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 16}">${escaped(x.label)}</text>`,
    `<text class="label" text-anchor="middle" transform="translate(18 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)">${escaped(y.label)}</text>`,
    ...lines,
    ...spreadNames(ends).map((at, i) => nameText(series[i]!.name, horizontal.at(series[i]!.points.at(-1)![0]), ends[i]!, at, i)),
    '</svg>',
    '',
  ].join('\n');
}

const STYLE = `<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.label, .tick { fill: #59636e }
.tick { font-size: 12px }
.page { fill: #ffffff }
.grid { stroke: #d8dee4; stroke-width: 1 }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round }
.lead { stroke: #afb8c1; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .label, .tick { fill: #9198a1 }
  .page { fill: #0d1117 }
  .grid { stroke: #2a313a }
  .lead { stroke: #57606a }
}
</style>`;

/** The values themselves are the ticks where they are few. */
function horizontalScale(axis: Axis, values: readonly number[]): Scale {
  const range = [PLOT.left, PLOT.right] as const;
  const own = [...new Set(values)].sort((a, b) => a - b);
  if (!axis.log || own.length > MOST_OWN_TICKS) return scaleOf(axis, values, range);
  checkLogarithms(own);
  const [low, high] = [Math.log10(own[0]!), Math.log10(own.at(-1)!)];
  const room = high > low ? (high - low) * AROUND : 1;
  return logarithmic(low - room, high + room, range, own);
}

function scaleOf(axis: Axis, values: readonly number[], range: readonly [number, number]): Scale {
  return axis.log ? logScale(values, range) : linearScale(values, range);
}

/** From the nearest 1, 2 or 5 times a power of ten below to the nearest above (within one power, any multiple); all such are ticks where they are few, else the powers alone. */
function logScale(values: readonly number[], range: readonly [number, number]): Scale {
  checkLogarithms(values);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const first = Math.floor(Math.log10(least)) - 1;
  const multiples = most < 10 * least ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [1, 2, 5];
  const steps = Array.from({ length: Math.ceil(Math.log10(most)) - first + 2 }, (_, k) => multiples.map((step) => step * 10 ** (first + k))).flat();
  const begin = steps.findLast((step) => step <= least * (1 + 1e-9))!;
  const end = steps.find((step) => step >= most * (1 - 1e-9) && step > begin)!;
  const inside = steps.filter((step) => step >= begin && step <= end);
  const powers = inside.filter((step) => isPower(step));
  return logarithmic(Math.log10(begin), Math.log10(end), range, inside.length <= MOST_TICKS ? inside : powers);
}

function logarithmic(begin: number, end: number, [from, to]: readonly [number, number], ticks: readonly number[]): Scale {
  return { at: (value) => from + ((Math.log10(value) - begin) / (end - begin)) * (to - from), ticks };
}

function checkLogarithms(values: readonly number[]): void {
  const bad = values.find((value) => !(value > 0));
  if (bad !== undefined) throw new RangeError(`${bad} has no place on a logarithmic axis`);
}

function isPower(value: number): boolean {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-9;
}

function linearScale(values: readonly number[], [from, to]: readonly [number, number]): Scale {
  const most = Math.max(...values, Number.MIN_VALUE);
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough)!;
  const count = Math.ceil(most / step - 1e-9);
  return { at: (value) => from + (value / (count * step)) * (to - from), ticks: Array.from({ length: count + 1 }, (_, k) => k * step) };
}

function horizontalTick(tick: number, at: number): string {
  return `<line class="grid" x1="${px(at)}" x2="${px(at)}" y1="${PLOT.top}" y2="${PLOT.bottom}"/><text class="tick" text-anchor="middle" x="${px(at)}" y="${PLOT.bottom + 19}">${tickText(tick)}</text>`;
}

function verticalTick(tick: number, at: number): string {
  return `<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${px(at)}" y2="${px(at)}"/><text class="tick" text-anchor="end" x="${PLOT.left - 8}" y="${px(at + 4)}">${tickText(tick)}</text>`;
}

function seriesText(points: readonly (readonly [number, number])[], i: number): string {
  const path = points.map(([a, b], k) => `${k === 0 ? 'M' : 'L'}${px(a)} ${px(b)}`).join('');
  const color = COLORS[i % COLORS.length]!;
  const dash = DASHES[Math.floor(i / COLORS.length) % DASHES.length]!;
  const dots = points.map(([a, b]) => `<circle cx="${px(a)}" cy="${px(b)}" r="3.6" fill="${color}"/>`).join('');
  return `<path class="line" d="${path}" stroke="${color}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}/>${dots}`;
}

/** The wanted places, moved apart as little as it takes, in their order. */
function spreadNames(wanted: readonly number[]): number[] {
  const order = [...wanted.keys()].sort((a, b) => wanted[a]! - wanted[b]!);
  const places = [...wanted];
  order.forEach((i, k) => (places[i] = Math.max(wanted[i]!, k === 0 ? PLOT.top : places[order[k - 1]!]! + NAME_HEIGHT)));
  const excess = Math.max(0, Math.max(...places) - PLOT.bottom);
  let limit = PLOT.bottom;
  for (const i of excess > 0 ? [...order].reverse() : []) {
    places[i] = Math.min(places[i]!, limit);
    limit = places[i]! - NAME_HEIGHT;
  }
  return places;
}

function nameText(name: string, endX: number, endY: number, at: number, i: number): string {
  const lead = `<line class="lead" x1="${px(endX + 6)}" y1="${px(endY)}" x2="${PLOT.right + 10}" y2="${px(at)}"/>`;
  return `${lead}<text x="${PLOT.right + 14}" y="${px(at + 4)}" style="fill:${COLORS[i % COLORS.length]}">${escaped(name)}</text>`;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 0.02, 500, 4,096, 10⁴, 2·10⁻⁵. */
function tickText(value: number): string {
  if (value === 0) return '0';
  const power = Math.floor(Math.log10(value) + 1e-9);
  if (power > -4 && power < 4) return Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 6 });
  const factor = Number((value / 10 ** power).toPrecision(6));
  if (power > 0 && power < 6 && !Number.isInteger(factor)) return value.toLocaleString('en-US');
  const digits = [...String(Math.abs(power))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('');
  return `${factor === 1 ? '' : `${factor}·`}10${power < 0 ? '⁻' : ''}${digits}`;
}

function px(value: number): string {
  return String(Math.round(10 * value) / 10);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
