/** What the examples must answer, computed here by other means than the runners use. */

export interface Flower {
  readonly features: readonly number[];
  readonly species: string;
}

/** Rows of examples/knn-iris/data/iris.csv; features in millimetres. */
export function readFlowers(csv: string): Flower[] {
  const rows = csv.trim().split('\n').slice(1);
  return rows.map((row) => {
    const cells = row.split(',');
    return { features: cells.slice(0, 4).map((cell) => Math.round(Number(cell) * 10)), species: cells[4] ?? '' };
  });
}

/** How many flowers the others classify rightly: full distance matrix, majority of the k nearest, the nearest decides a draw. */
export function leaveOneOutCorrect(flowers: readonly Flower[], k: number): number {
  return flowers.filter((flower, self) => {
    const ranked = flowers
      .map((other, index) => ({ index, species: other.species, distance: distance(flower, other) }))
      .filter(({ index }) => index !== self)
      .sort((a, b) => a.distance - b.distance || a.index - b.index)
      .slice(0, k);
    const votes = new Map<string, number>();
    for (const { species } of ranked) votes.set(species, (votes.get(species) ?? 0) + 1);
    const most = Math.max(...votes.values());
    return ranked.find(({ species }) => votes.get(species) === most)?.species === flower.species;
  }).length;
}

/** Squared, in whole numbers: roots would tell equal distances apart by their rounding. */
function distance(a: Flower, b: Flower): number {
  return a.features.reduce((sum, value, i) => sum + (value - (b.features[i] ?? 0)) ** 2, 0);
}

export interface CallOption {
  readonly spot: number;
  readonly strike: number;
  readonly rate: number;
  readonly volatility: number;
  readonly maturity_years: number;
}

/** Black and Scholes' price of a European call. */
export function blackScholesCall({ spot, strike, rate, volatility, maturity_years: years }: CallOption): number {
  const spread = volatility * Math.sqrt(years);
  const d1 = (Math.log(spot / strike) + (rate + volatility ** 2 / 2) * years) / spread;
  return spot * normalCdf(d1) - strike * Math.exp(-rate * years) * normalCdf(d1 - spread);
}

/** Integral of the normal density by Simpson's rule from the mean; exact to about 1e-12. */
export function normalCdf(x: number): number {
  const steps = 2_000;
  const h = x / steps;
  const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < steps; i += 1) sum += (i % 2 === 0 ? 2 : 4) * density(i * h);
  return 0.5 + (sum * h) / 3;
}

/** Rastrigin's function, term by term. */
export function rastrigin(x: readonly number[]): number {
  let sum = 0;
  for (const v of x) sum += 10 + v ** 2 - 10 * Math.cos(2 * Math.PI * v);
  return sum;
}

/** Mean and its standard error from the sums of the chunks. */
export function meanOf(chunks: readonly { n: number; sum: number; sum_sq: number }[]): {
  n: number;
  mean: number;
  error: number;
} {
  const n = chunks.reduce((total, chunk) => total + chunk.n, 0);
  const mean = chunks.reduce((total, chunk) => total + chunk.sum, 0) / n;
  const meanSq = chunks.reduce((total, chunk) => total + chunk.sum_sq, 0) / n;
  return { n, mean, error: Math.sqrt(((meanSq - mean ** 2) * n) / (n - 1) / n) };
}
