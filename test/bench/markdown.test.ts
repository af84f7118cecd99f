/** Results as Markdown. */
import { describe, expect, it } from 'vitest';
import { numberText, qualityText, sectionText } from '../../bench/runner/markdown.js';
import { withoutSpeeds } from '../../bench/runner/result.js';
import { sectionWith } from './sections.js';

describe('markdown', () => {
  it('has a row for each who, with the spread, the ratio and the quality', () => {
    expect(sectionText('toy', sectionWith({ missing: ['dolls: none here'] }), null)).toBe(
      [
        '## toy',
        'What a toy takes.',
        '### Toys',
        'Of wood.',
        [
          '| case | who | fit, s | ratio | relative gap | held, MiB |',
          '| --- | --- | ---: | ---: | ---: | ---: |',
          '| toy | strads | 2 (1 … 4) | 2.0 (1.0 … 3.0) × peer | 3.0e-7 (at most 1.0e-6) | 12.5 |',
          '| toy | peer | 4 (3 … 4) | - | 2.0e-6 (at most 1.0e-6: **missed**) | - |',
        ].join('\n'),
        'Beside us: peer 1.0.',
        'Missing: dolls: none here.',
        '`npm run bench -- toy`: strads 1 at abc, Node 20, webgpu 0.6; wasm on a CPU (SIMD); a CPU, 2 threads, 4 GiB; scale small, at most 3 samples, 2 workers.',
      ].join('\n\n'),
    );
  });

  it('names the speeds that a software adapter has none of', () => {
    const { tables } = sectionWith();
    const text = sectionText('toy', sectionWith({ tables: tables.map((table) => ({ ...table, rows: table.rows.map(withoutSpeeds) })) }, { software: true }), null);
    expect(text).toContain('| toy | strads | software adapter: not a speed | 3.0e-7');
    expect(text).not.toContain('2 (1 … 4)');
  });

  it.each([
    [0, '0'],
    [0.000012, '1.2e-5'],
    [0.01234, '0.0123'],
    [12.345, '12.3'],
    [99.96, '100'],
    [1906.2, '1,906'],
  ])('writes %d as %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  it.each([
    [3.14e-7, '3.1e-7'],
    [0.840432, '0.84043'],
    [1402.26, '1402.3'],
  ])('writes the quality %d as %s', (value, text) => {
    expect(qualityText(value)).toBe(text);
  });
});
