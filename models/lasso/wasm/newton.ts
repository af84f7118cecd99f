/**
 * Newton's method on the support, by an active set: with the signs it has, the problem is a quadratic, whose minimum lies at
 * β_F + d, G_FF d = slope_F - l1_F sign(β_F). The step ends where the first coefficient reaches 0; it leaves the set and the rest go on.
 * The Cholesky factor of G_FF is kept from call to call: a variable that comes or goes costs O(|F|²), not a new factorization.
 * A column that depends on those in the set is moved with them along the direction that leaves the residual alone, which lowers
 * the penalty, until one of them reaches 0: so the set stays independent.
 */
import { addContiguous, dotContiguous, innerProducts, subtract } from './columns';
import { coefficient, curvature, isSigned, setCoefficient, slope, threshold } from './descent';

/** A pivot below this part of the diagonal counts as 0. */
const DEPENDENT: f64 = 1e-11;

/** Most variables in the set, also the stride of the factor's rows. */
let capacity: u32 = 0;
/** f64[capacity²]: L, row by row, of G_FF = L L'. */
let factor: usize = 0;
/** u32[capacity]: the slots F, in the factor's order. */
let members: usize = 0;
/** f64[capacity] each: the right-hand side, the direction, a row on its way in, and β before the call. */
let right: usize = 0;
let direction: usize = 0;
let incoming: usize = 0;
/** u8[slots]: 1 for the slots in F. */
let isMember: usize = 0;
let size: u32 = 0;

export function attachFactor(most: u32, factorAddress: usize, membersAddress: usize, rightAddress: usize, directionAddress: usize, incomingAddress: usize, isMemberAddress: usize): void {
  capacity = most;
  factor = factorAddress;
  members = membersAddress;
  right = rightAddress;
  direction = directionAddress;
  incoming = incomingAddress;
  isMember = isMemberAddress;
}

/** Forgets the factor, whose matrix has changed. */
export function forget(): void {
  for (let i: u32 = 0; i < size; i++) store<u8>(isMember + member(i), 0);
  size = 0;
}

/** Takes up a factor of that size, which stands with its members where it was attached. */
export function recall(count: u32): void {
  size = count;
  for (let i: u32 = 0; i < size; i++) store<u8>(isMember + member(i), 1);
}

export function factorSize(): u32 {
  return size;
}

// @ts-ignore: decorator
@inline
function member(i: u32): u32 {
  return load<u32>(members + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
function row(i: u32): usize {
  return factor + ((<usize>i * capacity) << 3);
}

// @ts-ignore: decorator
@inline
function get(array: usize, i: u32): f64 {
  return load<f64>(array + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline
function set(array: usize, i: u32, value: f64): void {
  store<f64>(array + (<usize>i << 3), value);
}

/** Solves L x = b in place. */
function solveLower(b: usize): void {
  for (let i: u32 = 0; i < size; i++) set(b, i, (get(b, i) - dotContiguous(row(i), b, i)) / get(row(i), i));
}

/** Solves L' x = b in place. */
function solveUpper(b: usize): void {
  for (let i = <i32>size - 1; i >= 0; i--) {
    const x = get(b, i) / get(row(i), i);
    set(b, i, x);
    addContiguous(b, -x, row(i), i);
  }
}

/**
 * Takes position k out: the rows below it move up and lose a column, by plane rotations (Golub and Van Loan, 6.5).
 * The rotations of the rows above are kept in `direction` and `incoming`, which hold nothing then.
 */
function remove(k: u32): void {
  store<u8>(isMember + member(k), 0);
  size--;
  for (let i = k; i < size; i++) {
    store<u32>(members + (<usize>i << 2), member(i + 1));
    set(right, i, get(right, i + 1));
    const to = row(i);
    memory.copy(to, row(i + 1), <usize>(i + 2) << 3);
    let carried = get(to, k);
    for (let j = k; j < i; j++) {
      const c = get(direction, j);
      const s = get(incoming, j);
      const next = get(to, j + 1);
      set(to, j, c * carried + s * next);
      carried = c * next - s * carried;
    }
    const below = get(to, i + 1);
    const length = Math.sqrt(carried * carried + below * below);
    set(direction, i, carried / length);
    set(incoming, i, below / length);
    set(to, i, length);
  }
}

/** Appends a slot to F; false when its column depends on those that are there. `incoming` then holds L⁻¹ G_F,slot. */
function append(slot: u32): bool {
  const c = curvature(slot);
  innerProducts(slot, members, size, incoming);
  solveLower(incoming);
  const pivot = c - dotContiguous(incoming, incoming, size);
  if (!(pivot > DEPENDENT * c)) return false;
  memory.copy(row(size), incoming, <usize>size << 3);
  set(row(size), size, Math.sqrt(pivot));
  store<u32>(members + (<usize>size << 2), slot);
  store<u8>(isMember + slot, 1);
  size++;
  return true;
}

function signOf(slot: u32): f64 {
  const value = coefficient(slot);
  return value > 0 ? 1 : value < 0 ? -1 : 0;
}

/** Where on the way from β to β + length · step it reaches 0, if before `length` and it must not cross it. */
// @ts-ignore: decorator
@inline
function stop(slot: u32, step: f64, length: f64): f64 {
  const value = coefficient(slot);
  if (value * step >= 0 || !isSigned(slot)) return length;
  const reach = -value / step;
  return reach < length ? reach : length;
}

function move(slot: u32, step: f64): void {
  setCoefficient(slot, coefficient(slot) + step);
  subtract(slot, step);
}

/** Moves a slot to exactly 0. */
function settle(slot: u32): void {
  subtract(slot, -coefficient(slot));
  setCoefficient(slot, 0);
}

/**
 * Moves a dependent slot and F along z, z_slot = 1, z_F = -G_FF⁻¹ G_F,slot, in the direction that lowers the penalty, until one
 * reaches 0 and leaves. True when the slot is still nonzero: F has lost a member then.
 */
function exchange(slot: u32): bool {
  solveUpper(incoming);
  let rise = threshold(slot) * signOf(slot);
  for (let i: u32 = 0; i < size; i++) rise -= threshold(member(i)) * signOf(member(i)) * get(incoming, i);
  const way: f64 = rise > 0 ? -1 : 1;
  let length = stop(slot, way, Infinity);
  let leaves: i32 = -1;
  for (let i: u32 = 0; i < size; i++) {
    const reach = stop(member(i), -way * get(incoming, i), length);
    if (reach < length) {
      length = reach;
      leaves = i;
    }
  }
  if (length === Infinity) {
    settle(slot);
    return false;
  }
  if (leaves < 0) settle(slot);
  else move(slot, way * length);
  for (let i: u32 = 0; i < size; i++) {
    if (<i32>i === leaves) settle(member(i));
    else move(member(i), -way * length * get(incoming, i));
  }
  if (leaves < 0) return false;
  remove(leaves);
  return true;
}

/** Makes F the support among the listed slots, as far as it fits and is independent. */
function synchronize(slots: usize, count: u32): void {
  for (let i = <i32>size - 1; i >= 0; i--) if (coefficient(member(i)) === 0) remove(i);
  for (let k: u32 = 0; k < count; k++) {
    const slot = load<u32>(slots + (<usize>k << 2));
    if (coefficient(slot) === 0 || load<u8>(isMember + slot) === 1) continue;
    if (size === capacity) return;
    while (!append(slot)) if (!exchange(slot)) break;
  }
}

/**
 * Steps until the support's minimum with its signs is reached or `most` steps were taken; returns how many.
 * Every coefficient that is not 0 must be of a listed slot.
 */
export function newton(slots: usize, count: u32, most: u32): u32 {
  synchronize(slots, count);
  for (let i: u32 = 0; i < size; i++) set(right, i, slope(member(i)) - threshold(member(i)) * signOf(member(i)));
  let steps: u32 = 0;
  while (size > 0 && steps < most) {
    steps++;
    memory.copy(direction, right, <usize>size << 3);
    solveLower(direction);
    solveUpper(direction);
    let length: f64 = 1;
    let leaves: i32 = -1;
    for (let i: u32 = 0; i < size; i++) {
      const reach = stop(member(i), get(direction, i), length);
      if (reach < length) {
        length = reach;
        leaves = i;
      }
    }
    for (let i: u32 = 0; i < size; i++) {
      if (<i32>i === leaves) settle(member(i));
      else move(member(i), length * get(direction, i));
      set(right, i, (1 - length) * get(right, i));
    }
    if (leaves < 0) break;
    remove(leaves);
  }
  return steps;
}
