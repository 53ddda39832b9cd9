// A (μ, λ) evolution strategy with rank-weighted recombination: the part that stays on the user's side. Pure and seeded.
const DIMENSIONS = 4;
const POPULATION = 24;
const PARENTS = 6;

/** Candidates of generation 0, spread over the search box [-5.12, 5.12]. */
export function firstGeneration(seed = 2) {
  const random = generator(seed);
  return population(0, () => round((random() * 2 - 1) * 5.12));
}

/**
 * The next generation: normal steps around the mean of the best, as wide as the best are spread.
 * @param {{id: string, x: number[], fitness: number}[]} evaluated the whole generation
 * @param {number} generation number of the one to make
 */
export function nextGeneration(evaluated, generation, seed = 2) {
  const random = generator(seed * 1000 + generation);
  const best = [...evaluated].sort((a, b) => a.fitness - b.fitness).slice(0, PARENTS);
  const mean = best[0].x.map((_, d) => best.reduce((sum, each) => sum + each.x[d], 0) / PARENTS);
  const spread = mean.map((m, d) => Math.sqrt(best.reduce((sum, each) => sum + (each.x[d] - m) ** 2, 0) / PARENTS));
  const offspring = population(generation, (d) => round(mean[d] + 1.1 * spread[d] * normal(random)));
  // The best so far stays, so the best fitness never gets worse.
  return [{ id: `${generation}.0`, x: best[0].x }, ...offspring.slice(1)];
}

function population(generation, gene) {
  return Array.from({ length: POPULATION }, (_, index) => ({
    id: `${generation}.${index}`,
    x: Array.from({ length: DIMENSIONS }, (_unused, d) => gene(d)),
  }));
}

/** mulberry32: uniform numbers in [0, 1) from a 32-bit seed. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const round = (x) => Math.round(x * 1e6) / 1e6;
