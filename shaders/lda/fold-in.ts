/**
 * Twin of fold-in.wgsl: a document after another, a row after another. A row's values are gathered and added back while they are
 * in the nearest cache. What is as long as K goes four at a time: a row of K entries too, whose topics need no look.
 */
import { dot } from '../common/dot';
import { laneSum } from '../common/lanes';

export function run(
  starts: usize,
  entries: usize,
  rowStarts: usize,
  rowTopics: usize,
  rowValues: usize,
  priors: usize,
  thetas: usize,
  likelihoods: usize,
  documentCount: u32,
  topicCount: u32,
  steps: u32,
  groups: u32,
  alphaSum: f32,
): void {
  const strideBytes: usize = ((<usize>topicCount + 3) >> 2) << 4;
  const sums = thetas + <usize>documentCount * strideBytes;
  const fullBytes = <usize>topicCount << 2;
  for (let d: usize = 0; d < <usize>documentCount; d++) {
    const first = <usize>load<u32>(starts + (d << 2));
    const end = entries + (<usize>load<u32>(starts + (d << 2), 4) << 3);
    const begin = entries + (first << 3);
    const theta = thetas + d * strideBytes;
    const scale: f32 = 1 / (tokensOf(begin, end) + alphaSum);
    startUniform(theta, topicCount, strideBytes);
    let background = dot(theta, priors, strideBytes);
    for (let step: u32 = 0; step < steps; step++) {
      let weights: f32 = 0;
      for (let entry = begin; entry < end; entry += 8) {
        const count = load<u32>(entry, 4);
        if (count == 0) continue;
        const row = rowStarts + (<usize>load<u32>(entry) << 2);
        const rowBegin = <usize>load<u32>(row) << 2;
        const bytes = (<usize>load<u32>(row, 4) << 2) - rowBegin;
        const weight: f32 = <f32>count / (rowDot(rowTopics + rowBegin, rowValues + rowBegin, bytes, theta, fullBytes) + background);
        addRow(rowTopics + rowBegin, rowValues + rowBegin, bytes, sums, weight, fullBytes);
        weights += weight;
      }
      background = advance(theta, sums, priors, strideBytes, weights, scale);
    }
    let likelihood = likelihoods + (first << 2);
    for (let entry = begin; entry < end; entry += 8) {
      const row = rowStarts + (<usize>load<u32>(entry) << 2);
      const rowBegin = <usize>load<u32>(row) << 2;
      const bytes = (<usize>load<u32>(row, 4) << 2) - rowBegin;
      store<f32>(likelihood, rowDot(rowTopics + rowBegin, rowValues + rowBegin, bytes, theta, fullBytes) + background);
      likelihood += 4;
    }
  }
}

function tokensOf(begin: usize, end: usize): f32 {
  let tokens: f32 = 0;
  for (let entry = begin; entry < end; entry += 8) tokens += <f32>load<u32>(entry, 4);
  return tokens;
}

function startUniform(theta: usize, topicCount: u32, strideBytes: usize): void {
  const share: f32 = 1 / <f32>topicCount;
  const bytes = <usize>topicCount << 2;
  for (let at: usize = 0; at < strideBytes; at += 4) store<f32>(theta + at, at < bytes ? share : 0);
}

/** Σ theta·values of a row of `bytes` bytes. */
function rowDot(topics: usize, values: usize, bytes: usize, theta: usize, fullBytes: usize): f32 {
  const whole = bytes & ~15;
  if (bytes == fullBytes) {
    let sum = dot(values, theta, whole);
    for (let at = whole; at < bytes; at += 4) sum += load<f32>(theta + at) * load<f32>(values + at);
    return sum;
  }
  let sum0: f32 = 0;
  let sum1: f32 = 0;
  let sum2: f32 = 0;
  let sum3: f32 = 0;
  for (let at: usize = 0; at < whole; at += 16) {
    sum0 += load<f32>(theta + (<usize>load<u32>(topics + at) << 2)) * load<f32>(values + at);
    sum1 += load<f32>(theta + (<usize>load<u32>(topics + at, 4) << 2)) * load<f32>(values + at, 4);
    sum2 += load<f32>(theta + (<usize>load<u32>(topics + at, 8) << 2)) * load<f32>(values + at, 8);
    sum3 += load<f32>(theta + (<usize>load<u32>(topics + at, 12) << 2)) * load<f32>(values + at, 12);
  }
  for (let at = whole; at < bytes; at += 4) sum0 += load<f32>(theta + (<usize>load<u32>(topics + at) << 2)) * load<f32>(values + at);
  return sum0 + sum2 + (sum1 + sum3);
}

/** sums += weight·values of a row. */
function addRow(topics: usize, values: usize, bytes: usize, sums: usize, weight: f32, fullBytes: usize): void {
  const whole = bytes & ~15;
  if (bytes == fullBytes) {
    const weights = f32x4.splat(weight);
    for (let at: usize = 0; at < whole; at += 16) v128.store(sums + at, f32x4.add(v128.load(sums + at), f32x4.mul(v128.load(values + at), weights)));
    for (let at = whole; at < bytes; at += 4) addTo(sums + at, weight * load<f32>(values + at));
    return;
  }
  for (let at: usize = 0; at < whole; at += 16) {
    addTo(sums + (<usize>load<u32>(topics + at) << 2), weight * load<f32>(values + at));
    addTo(sums + (<usize>load<u32>(topics + at, 4) << 2), weight * load<f32>(values + at, 4));
    addTo(sums + (<usize>load<u32>(topics + at, 8) << 2), weight * load<f32>(values + at, 8));
    addTo(sums + (<usize>load<u32>(topics + at, 12) << 2), weight * load<f32>(values + at, 12));
  }
  for (let at = whole; at < bytes; at += 4) addTo(sums + (<usize>load<u32>(topics + at) << 2), weight * load<f32>(values + at));
}

// @ts-ignore: decorator
@inline
function addTo(address: usize, value: f32): void {
  store<f32>(address, load<f32>(address) + value);
}

/** The next mixture from the sums, which become 0; returns its Σ theta·background. */
function advance(theta: usize, sums: usize, priors: usize, strideBytes: usize, weights: f32, scale: f32): f32 {
  const w = f32x4.splat(weights);
  const s = f32x4.splat(scale);
  let total = f32x4.splat(0);
  for (let at: usize = 0; at < strideBytes; at += 16) {
    const background = v128.load(priors + at);
    const share = f32x4.add(v128.load(sums + at), f32x4.mul(background, w));
    const next = f32x4.mul(f32x4.add(v128.load(priors + strideBytes + at), f32x4.mul(v128.load(theta + at), share)), s);
    v128.store(theta + at, next);
    v128.store(sums + at, f32x4.splat(0));
    total = f32x4.add(total, f32x4.mul(next, background));
  }
  return laneSum(total);
}
