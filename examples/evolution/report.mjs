/** @param {{result: {results: {id: string, fitness: number}[]}}[]} tasks in order of index */
export function report(tasks) {
  const best = fitnessOf(tasks).reduce((a, b) => (b.fitness < a.fitness ? b : a));
  return `best candidate ${best.id}, fitness ${best.fitness.toFixed(6)}`;
}

/** Every candidate's fitness, in the order of the submitted items. */
export const fitnessOf = (tasks) => tasks.flatMap((task) => task.result?.results ?? []);
