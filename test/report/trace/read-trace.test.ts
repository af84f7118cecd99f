/** Traces that are whole, and those that are not. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DataError } from '../../../src/data/dataset.js';
import { readTrace } from '../../../src/report/trace/read-trace.js';
import { Recorder } from '../../../src/report/trace/recorder.js';
import { TraceFile } from '../../../src/report/trace/trace-file.js';

const folder = mkdtempSync(join(tmpdir(), 'strads-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/** A trace of some tasks, with names that are not ASCII. */
async function written(name: string) {
  const file = new TraceFile(at(name));
  await file.open();
  const recorder = new Recorder({ sink: (text) => file.write(text), name: 'scheduler' });
  recorder.addWorker({ name: 'wörker', engine: 'wasm', adapter: '処理', software: false }, { isHere: true });
  for (let task = 1; task < 30; task++) {
    recorder.task(task, 5);
    for (const activity of ['encode', 'send', 'wait', 'pull'] as const) recorder.enter(activity, task, task);
  }
  const profile = recorder.finish('test');
  file.finish(profile);
  return profile;
}

describe('a trace', () => {
  it('reads back as it was, and nothing lies beside it', async () => {
    const profile = await written('whole.json');
    expect(readTrace(at('whole.json'))).toEqual(profile);
    expect(readdirSync(folder)).toEqual(['whole.json']);
    expect(() => JSON.parse(readFileSync(at('whole.json'), 'utf8'))).not.toThrow();
  });

  it('that was cut short anywhere is refused', async () => {
    await written('whole.json');
    const whole = readFileSync(at('whole.json'));
    const ends = [...'\n,}'].flatMap((mark) => [...whole.toString('latin1').matchAll(new RegExp(mark, 'g'))].slice(-60).map(({ index }) => index));
    const cuts = new Set([...Array.from({ length: 120 }, (_, bytes) => bytes), ...ends, ...ends.map((end) => end + 1), whole.length - 1]);
    cuts.delete(whole.length);
    for (const bytes of cuts) {
      writeFileSync(at('cut.json'), whole.subarray(0, bytes));
      expect(() => readTrace(at('cut.json')), `${bytes} of ${whole.length} bytes`).toThrow(bytes === 0 ? /: is empty, expected a trace/ : /: is a trace that was cut short/);
    }
    rmSync(at('cut.json'));
  });

  it('that lost a byte before its end is refused as no trace, as cut short or as damaged', async () => {
    await written('whole.json');
    const whole = readFileSync(at('whole.json'));
    for (let gap = 0; gap < whole.lastIndexOf('"strads-profile"'); gap += 97) {
      writeFileSync(at('holed.json'), Buffer.concat([whole.subarray(0, gap), whole.subarray(gap + 1)]));
      expect(() => readTrace(at('holed.json')), `without byte ${gap}`).toThrow(DataError);
    }
    rmSync(at('holed.json'));
  });
});
