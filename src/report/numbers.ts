/** Numbers as people read them. */

/** 12345 → "12,345". */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** "1 feature", "1,204 features" */
export function counted(count: number, thing: string, things = `${thing}s`): string {
  return `${grouped(count)} ${count === 1 ? thing : things}`;
}

/** A time: "3 s", "4 min", "2.5 h". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** 134217728 → "128 MiB". */
export function byteSize(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${UNITS[unit]}`;
}
