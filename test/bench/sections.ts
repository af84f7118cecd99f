/** A section of results for the tests of the runner. */
import { amount, quality, speed, speedRow, type Section } from '../../bench/runner/result.js';

export function sectionWith(changes: Partial<Section> = {}, from: Partial<Section['from']> = {}): Section {
  const rows = [
    speedRow({ case: 'toy', who: 'strads', speeds: [speed('fit', 's', [2, 1, 4], { name: 'peer', samples: [4, 3, 4] })], quality: [quality('relative gap', 3e-7, 1e-6)], amounts: [amount('held', 'MiB', 12.5)] }),
    speedRow({ case: 'toy', who: 'peer', speeds: [speed('fit', 's', [4, 3, 4])], quality: [quality('relative gap', 2e-6, 1e-6)] }),
  ];
  return {
    about: 'What a toy takes.',
    from: {
      command: 'npm run bench -- toy', commit: 'abc', versions: { strads: '1', node: '20', webgpu: '0.6' }, machine: 'a CPU, 2 threads, 4 GiB',
      engine: 'wasm', adapter: 'a CPU (SIMD)', software: false, scale: 'small', repeats: 3, workers: 2, ...from,
    },
    tables: [{ title: 'Toys', note: 'Of wood.', rows }],
    charts: [],
    peers: ['peer 1.0'],
    missing: [],
    ...changes,
  };
}
