import { createWasmEngine } from '../../src/engine/wasm.js';
import { countsSuite } from './counts-suite.js';

countsSuite('wasm', () => createWasmEngine({ memoryBytes: 1 << 26 }));
