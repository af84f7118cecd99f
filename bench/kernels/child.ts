/** A process with one engine, which measures all kernels and sends each as it is done. Arguments: the kind of engine, the factor of the sizes. */
import type { EngineKind } from '../../src/engine/engine.js';
import { createEngine } from '../../src/runtime/join.js';
import { typicalCases } from './cases.js';
import { measureKernel } from './measure.js';

const [kind, factor] = process.argv.slice(2) as [EngineKind, string];
const engine = await createEngine(kind);
for (const typical of typicalCases(Number(factor))) process.send!(await measureKernel(engine, typical));
await engine.close();
process.disconnect();
