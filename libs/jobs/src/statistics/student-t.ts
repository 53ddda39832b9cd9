/**
 * Student's t distribution through the regularised incomplete beta function. Formulas: NIST Digital Library of Mathematical Functions,
 * https://dlmf.nist.gov, by equation number. The specs compare with SciPy and with printed tables.
 */

const CONVERGED = 3e-16;
const MAX_TERMS = 100_000;

/**
 * P(|T| ≥ |t|) with `df` degrees of freedom (> 0): the p-value of a two-sided test. Ten digits or more up to a million degrees of freedom,
 * also far out in the tails.
 */
export function tTwoSidedP(t: number, df: number): number {
  if (!Number.isFinite(t)) return Number.isNaN(t) ? NaN : 0;
  if (t === 0) return 1;
  const square = (t * t) / df;
  if (!Number.isFinite(square)) return 0;
  return incompleteBeta({ x: 1 / (1 + square), rest: square / (1 + square), logX: -Math.log1p(square) }, df / 2);
}

/** The t with P(T ≤ t) = `probability`, strictly between 0 and 1. */
export function tQuantile(probability: number, df: number): number {
  if (probability === 0.5) return 0;
  if (probability < 0.5) return -upperT(2 * probability, df);
  return upperT(2 * (1 - probability), df);
}

/** The t ≥ 0 with P(|T| ≥ t) = `twoSided`. Bisection: tTwoSidedP falls strictly, and this is needed a few times per leaderboard. */
function upperT(twoSided: number, df: number): number {
  let low = 0;
  let high = 1;
  while (tTwoSidedP(high, df) > twoSided) {
    low = high;
    high *= 2;
  }
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;
    if (tTwoSidedP(middle, df) > twoSided) low = middle;
    else high = middle;
  }
}

/** `x` in (0, 1), `rest` = 1 - x, `logX` = ln x, each computed without cancellation. */
interface Point {
  readonly x: number;
  readonly rest: number;
  readonly logX: number;
}

/** I_x(a, 1/2). */
function incompleteBeta({ x, rest, logX }: Point, a: number): number {
  const logFactor = a * logX + Math.log(rest) / 2 - logBetaHalf(a);
  // the fraction converges fast below the mean of the distribution; 8.17.4 mirrors what is above
  if (x < (a + 1) / (a + 2.5)) return (Math.exp(logFactor) / a) * betaFraction(x, a, 0.5);
  return 1 - 2 * Math.exp(logFactor) * betaFraction(rest, 0.5, a);
}

/** The continued fraction of DLMF 8.17.22, evaluated by Lentz's method as modified by Thompson and Barnett (J. Comput. Phys. 64, 1986). */
function betaFraction(x: number, a: number, b: number): number {
  let value = 1;
  let c = Infinity;
  let d = 1;
  for (let n = 1; n < MAX_TERMS; n++) {
    const m = n >> 1;
    const numerator = n % 2 === 0 ? m * (b - m) * x : -(a + m) * (a + b + m) * x;
    const coefficient = numerator / ((a + n - 1) * (a + n));
    c = 1 + coefficient / c;
    d = 1 / (1 + coefficient * d);
    value *= c * d;
    if (Math.abs(c * d - 1) < CONVERGED) break;
  }
  return value;
}

/** ln B(a, 1/2) = ln √π - (ln Γ(a + 1/2) - ln Γ(a)). The difference is taken term by term (5.11.1), so that a large `a` costs no digits. */
function logBetaHalf(a: number): number {
  let shift = 0;
  let large = a;
  // Γ(z + 1) = z Γ(z) lifts the argument to where Stirling's series has 16 digits
  while (large < 16) {
    shift += Math.log((large + 0.5) / large);
    large++;
  }
  const stirling = large * Math.log1p(0.5 / large) + (Math.log(large) - 1) / 2 + tail(large + 0.5) - tail(large);
  return Math.log(Math.PI) / 2 - (stirling - shift);
}

/** What Stirling's series adds to (z - 1/2) ln z - z + ln √(2π): B₂ₖ / (2k (2k - 1) z²ᵏ⁻¹). */
function tail(z: number): number {
  const square = z * z;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / (1188 * square)) / square) / square) / square) / z;
}
