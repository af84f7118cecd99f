/** The format of results: what it computes, and what it refuses. */
import { describe, expect, it } from 'vitest';
import { amount, amountRow, checkedSection, quality, speed, speedRow, withoutSpeeds, type Row, type Section } from '../../bench/runner/result.js';
import { sectionWith } from './sections.js';

const withRow = (row: unknown) => sectionWith({ tables: [{ title: 'Toys', note: '', rows: [row as Row] }] });
const refusal = (section: unknown) => {
  try {
    checkedSection('toy', section);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('results', () => {
  it('takes a section as it is', () => {
    expect(checkedSection('toy', sectionWith())).toEqual(sectionWith());
  });

  it('says of times and of rates how many times better they are, pair by pair', () => {
    expect(speed('fit', 's', [2, 1, 4], { name: 'peer', samples: [4, 3, 4] }).ratio).toEqual({ against: 'peer', samples: [2, 3, 1], median: 2, min: 1, max: 3 });
    expect(speed('rounds', 'rounds/s', [20, 30], { name: 'peer', samples: [10, 10] }).ratio?.samples).toEqual([2, 3]);
    expect(() => speed('fit', 's', [1, 2], { name: 'peer', samples: [1] })).toThrow('no pairs');
  });

  it('has no speed without a quality, by the types and in a file', () => {
    // @ts-expect-error A speed needs a quality.
    const bare = speedRow({ case: 'toy', who: 'strads', speeds: [speed('rounds', 'rounds/s', [10])], quality: [] });
    expect(refusal(withRow(bare))).toContain('toy: its results do not fit the format');
    // @ts-expect-error A rate is no amount.
    const disguised = amountRow({ case: 'toy', who: 'strads', amounts: [amount('rounds', 'rounds/s', 10)] });
    expect(refusal(withRow(disguised))).toContain('toy');
    // @ts-expect-error Nor is a time.
    expect(refusal(withRow(amountRow({ case: 'toy', who: 'strads', amounts: [amount('fit', 's', 1)] })))).toContain('toy');
  });

  it.each<[string, (row: { speeds: Record<string, unknown>[] }) => void]>([
    ['a median that is not the samples\'', ({ speeds: [fit] }) => (fit!.median = 9)],
    ['a ratio that is not taken pair by pair', ({ speeds: [fit] }) => (fit!.ratio = { against: 'peer', samples: [2], median: 2, min: 2, max: 2 })],
    ['a time of nothing', ({ speeds: [fit] }) => Object.assign(fit!, { samples: [0], median: 0, min: 0, max: 0, ratio: null })],
    ['no samples', ({ speeds: [fit] }) => (fit!.samples = [])],
    ['a unit of its own', ({ speeds: [fit] }) => (fit!.unit = 'parsec')],
    ['a field of its own', ({ speeds: [fit] }) => (fit!.mean = 2)],
    ['not a number', ({ speeds: [fit] }) => (fit!.samples = [NaN])],
  ])('refuses %s', (_, change) => {
    const section = structuredClone(sectionWith()) as unknown as { tables: { rows: { speeds: Record<string, unknown>[] }[] }[] };
    change(section.tables[0]!.rows[0]!);
    expect(refusal(section)).toContain('toy: its results do not fit the format of bench/runner/result.ts');
  });

  it('refuses a speed of a software adapter, and takes its correctness', () => {
    const software = sectionWith({}, { engine: 'webgpu', adapter: 'SwiftShader', software: true });
    expect(refusal(software)).toContain('a software adapter has no speed to publish');
    const tables = software.tables.map((table) => ({ ...table, rows: table.rows.map(withoutSpeeds) }));
    expect(refusal({ ...software, tables } satisfies Section)).toBeNull();
    expect(tables[0]!.rows[0]).toMatchObject({ speeds: [], withheld: ['fit'], quality: [quality('relative gap', 3e-7, 1e-6)] });
  });
});
