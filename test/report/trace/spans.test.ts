import { describe, expect, it } from 'vitest';
import { ROWS_OF_CHUNK, SpanReader, SpanRows, type AnySpan, type SpanChunk } from '../../../src/report/trace/spans.js';

const kernel = (name: string, i: number) => ({ round: i, task: 2 * i, begin: i, end: i + 0.25, bytes: 2 ** 40 + i, flops: 3 * i, kernel: name, workgroups: 2 ** 31 + i, clock: (['gpu', 'gpu-quantized', 'host'] as const)[i % 3]!, isReliable: i % 2 === 0, isFirst: i % 5 === 0 });

function through(fill: (rows: SpanRows) => void): { spans: AnySpan[]; chunks: SpanChunk[] } {
  const chunks: SpanChunk[] = [];
  const rows = new SpanRows(({ names, rows: some }) => chunks.push({ names, rows: some.slice() }));
  fill(rows);
  rows.flush();
  const reader = new SpanReader();
  return { spans: chunks.flatMap((chunk) => [...reader.spans(chunk)]), chunks };
}

describe('rows of spans', () => {
  it('come back as they were, in chunks that are bounded, each name once', () => {
    const count = 2 * ROWS_OF_CHUNK + 3;
    const { spans, chunks } = through((rows) => {
      for (let i = 0; i < count; i++) rows.addKernel(kernel(`k${i % 7}`, i));
    });
    expect(spans).toEqual(Array.from({ length: count }, (_, i) => ({ activity: 'kernel', ...kernel(`k${i % 7}`, i) })));
    expect(chunks.map(({ names }) => names.length)).toEqual([7, 0, 0]);
    expect(Math.max(...chunks.map(({ rows }) => rows.byteLength))).toBeLessThanOrEqual(ROWS_OF_CHUNK * 9 * 8);
  });

  it('tell pushes with their receipt, and what has no more than a time', () => {
    const push = { round: 1, task: 2, begin: 3, end: 4, bytes: 5, received: 2.5 };
    const { spans } = through((rows) => {
      rows.addPush(push);
      rows.add('map-wait', 6, 7, 8, 9, 10);
    });
    expect(spans).toEqual([{ activity: 'push', ...push }, { activity: 'map-wait', round: 6, task: 7, begin: 8, end: 9, bytes: 10 }]);
  });

  it('of another making are refused', () => {
    const read = (rows: Float64Array) => () => [...new SpanReader().spans({ names: [], rows })];
    expect(read(new Float64Array(8))).toThrow('8 numbers where rows of 9 were expected');
    expect(read(Float64Array.of(99, 0, 0, 0, 0, 0, 0, 0, 0))).toThrow('a span of activity 99');
    expect(read(Float64Array.of(9, 0, 0, 0, 0, 0, 0, 4, 0))).toThrow('kernel number 4');
  });
});
