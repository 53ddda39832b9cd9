/** @param {{result: {results: {k: number, accuracy: number}[]}}[]} tasks in order of index */
export function report(tasks) {
  const rows = tasks.flatMap((task) => task.result?.results ?? []);
  const best = rows.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const lines = rows.map(
    ({ k, accuracy }) =>
      `k = ${String(k).padStart(3)}  ${accuracy.toFixed(4)}  ${'█'.repeat(Math.round(accuracy * 40))}`,
  );
  return [...lines, `best: k = ${best.k}, accuracy ${best.accuracy.toFixed(4)} (leave one out, 150 flowers)`].join(
    '\n',
  );
}
