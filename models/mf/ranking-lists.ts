/** What the kernel of rankings finds in the lists it fills: a place that nothing has taken yet. */

/** The lowest float32. */
export const EMPTY_SCORE = -3.4028234663852886e38;
/** An id that no item has. */
export const EMPTY_ID = 0xffff_ffff;
