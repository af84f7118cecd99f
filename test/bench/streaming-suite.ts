/** The works of the streaming benchmark give the right answers where they are run, so that no speed is that of a wrong one. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { streamingWorks } from '../../bench/gpu/streaming-sizes.js';
import type { Engine } from '../../src/engine/engine.js';

export function streamingSuite(makeEngine: () => Promise<Engine>): void {
  let engine: Engine;
  beforeAll(async () => {
    engine = await makeEngine();
  });
  afterAll(() => engine.close());

  it.each(streamingWorks('small').map((work) => ({ ...work, text: `${work.name}, ${work.title}` })))('$text', async ({ prepare }) => {
    const { run, deviation, buffers } = await prepare(engine);
    run();
    expect(await deviation()).toBeLessThan(1e-6);
    run();
    await engine.finish();
    for (const buffer of buffers) buffer.destroy();
  });

  it('notices a result that was not computed', async () => {
    const [work] = streamingWorks('small').filter(({ name }) => name === 'dense column dots');
    const { deviation, buffers } = await work.prepare(engine);
    expect(await deviation()).toBeGreaterThan(1e-3);
    for (const buffer of buffers) buffer.destroy();
  });
}
