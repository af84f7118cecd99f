/** Runs a task after the other work of this turn of the event loop, and before timers. */
export const afterThisTurn: (task: () => void) => void =
  typeof setImmediate === 'function' ? (task) => void setImmediate(task) : (task) => void setTimeout(task, 0);
