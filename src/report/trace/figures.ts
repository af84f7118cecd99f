/** Figures of a profile as text, each with the mark of its tag: none measured, "q" quantized, "~" modelled. */

export const LEGEND = 'no mark: measured · ~ modelled (bytes and flops by the kernel\'s cost function) · q quantized (GPU timestamps rounded to 65,536 ns)';

/** Where there is no figure. */
export const NOTHING = '–';

/** "12.3 s", "4.56 ms", "789 µs", "12 ns" */
export function time(milliseconds: number | null, isQuantized = false): string {
  if (milliseconds === null) return NOTHING;
  const mark = isQuantized ? 'q' : '';
  const [value, unit] = milliseconds >= 1000 ? [milliseconds / 1000, 's'] : milliseconds >= 1 || milliseconds === 0 ? [milliseconds, 'ms'] : milliseconds >= 1e-3 ? [milliseconds * 1e3, 'µs'] : [milliseconds * 1e6, 'ns'];
  return `${threeDigits(value)} ${unit}${mark}`;
}

/** A rate in units of 10^9 a second. */
export function giga(perSecond: number | null, { isModelled, isQuantized = false }: { readonly isModelled: boolean; readonly isQuantized?: boolean }): string {
  return perSecond === null ? NOTHING : `${isModelled ? '~' : ''}${threeDigits(perSecond / 1e9)}${isQuantized ? 'q' : ''}`;
}

export function percent(share: number | null, { isModelled = false, isQuantized = false } = {}): string {
  return share === null ? NOTHING : `${isModelled ? '~' : ''}${(100 * share).toFixed(1)} %${isQuantized ? 'q' : ''}`;
}

/** "1.50 ×" */
export function ratio(before: number, after: number): string {
  return before === 0 ? NOTHING : `${threeDigits(after / before)} ×`;
}

export function threeDigits(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
  return value.toFixed(magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3);
}
