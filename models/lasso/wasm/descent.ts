/**
 * Cyclic coordinate descent (Friedman et al., 2007) on the columns of the working problem, with thresholds l1, ridge l2 and
 * optionally β ≥ 0: β_j ← S(β_j + slope_j / c_j, l1_j / c_j), where slope_j = x̃_j'r / n - l2_j β_j and c_j = ||x̃_j||² / n + l2_j.
 */
import { gradient, subtract } from './columns';

/** f64[slots] each. */
let beta: usize = 0;
let curvatures: usize = 0;
let thresholds: usize = 0;
let ridges: usize = 0;
let isNonNegative: bool = false;

export function attachVariables(betaAddress: usize, curvaturesAddress: usize, thresholdsAddress: usize, ridgesAddress: usize, nonNegative: bool): void {
  beta = betaAddress;
  curvatures = curvaturesAddress;
  thresholds = thresholdsAddress;
  ridges = ridgesAddress;
  isNonNegative = nonNegative;
}

// @ts-ignore: decorator
@inline
export function coefficient(slot: u32): f64 {
  return load<f64>(beta + (<usize>slot << 3));
}

export function setCoefficient(slot: u32, value: f64): void {
  store<f64>(beta + (<usize>slot << 3), value);
}

export function threshold(slot: u32): f64 {
  return load<f64>(thresholds + (<usize>slot << 3));
}

export function curvature(slot: u32): f64 {
  return load<f64>(curvatures + (<usize>slot << 3));
}

/** Whether a slot must not cross 0: to keep the sign that its threshold goes by, or because β ≥ 0. */
export function isSigned(slot: u32): bool {
  return isNonNegative || threshold(slot) !== 0;
}

// @ts-ignore: decorator
@inline
export function slope(slot: u32): f64 {
  return gradient(slot) - load<f64>(ridges + (<usize>slot << 3)) * coefficient(slot);
}

/** Updates the listed slots once, in their order. */
export function epoch(slots: usize, count: u32): void {
  for (let k: u32 = 0; k < count; k++) {
    const slot = load<u32>(slots + (<usize>k << 2));
    const c = curvature(slot);
    if (!(c > 0)) continue;
    const t = threshold(slot);
    const before = coefficient(slot);
    const goal = c * before + slope(slot);
    let after: f64 = 0;
    if (goal > t) after = (goal - t) / c;
    else if (goal < -t && !isNonNegative) after = (goal + t) / c;
    if (after === before) continue;
    setCoefficient(slot, after);
    subtract(slot, after - before);
  }
}

/** into[k] = slope of the k-th listed slot. */
export function slopes(slots: usize, count: u32, into: usize): void {
  for (let k: u32 = 0; k < count; k++) store<f64>(into + (<usize>k << 3), slope(load<u32>(slots + (<usize>k << 2))));
}

/** Takes every listed slot's share out of the residual; the caller has put the target there. */
export function subtractAll(slots: usize, count: u32): void {
  for (let k: u32 = 0; k < count; k++) {
    const slot = load<u32>(slots + (<usize>k << 2));
    const value = coefficient(slot);
    if (value !== 0) subtract(slot, value);
  }
}
