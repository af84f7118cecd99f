import { createWasmEngine } from '../../src/engine/wasm.js';
import { mfSgdSuite } from './mf-sgd-suite.js';

mfSgdSuite('wasm', () => createWasmEngine({ memoryBytes: 64 << 20 }));
