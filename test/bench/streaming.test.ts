import { describe } from 'vitest';
import { createWasmEngine } from '../../src/engine/wasm.js';
import { streamingSuite } from './streaming-suite.js';

describe('streaming works on wasm', () => streamingSuite(() => createWasmEngine()));
