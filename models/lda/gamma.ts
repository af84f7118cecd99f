/**
 * Logarithms of Γ and their derivative at x > 0, in float64. Both go up by the recurrence to where the asymptotic series (Abramowitz
 * and Stegun 6.1.41, 6.3.18) is exact to rounding.
 */

const FROM = 12;

export function logGamma(x: number): number {
  let product = 1;
  let shift = 0;
  let at = x;
  for (; at < FROM; at++) {
    product *= at;
    if (product > 1e280) {
      shift += Math.log(product);
      product = 1;
    }
  }
  const inverse = 1 / (at * at);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse * (1 / 1188 - inverse * (691 / 360_360)))))) / at;
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product) - shift;
}

export function digamma(x: number): number {
  let below = 0;
  let at = x;
  for (; at < FROM; at++) below += 1 / at;
  const inverse = 1 / (at * at);
  const series = inverse * (1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse * (1 / 240 - inverse * (1 / 132 - inverse * (691 / 32_760))))));
  return Math.log(at) - 0.5 / at - series - below;
}

/** f(offset + 0), f(offset + 1), …, each computed once: counts are small and come again and again. */
export function tableOf(f: (x: number) => number, offset: number): (count: number) => number {
  const values: number[] = [];
  return (count) => {
    if (count >= MOST_TABLED) return f(offset + count);
    while (values.length <= count) values.push(f(offset + values.length));
    return values[count];
  };
}

const MOST_TABLED = 4096;
