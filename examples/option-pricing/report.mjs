/** @param {{result: {n: number, sum: number, sum_sq: number}}[]} tasks in order of index */
export function report(tasks) {
  const { price, error, n } = combine(tasks.map((task) => task.result).filter(Boolean));
  return `price ${price.toFixed(4)} ± ${error.toFixed(4)} (one standard error, ${n} paths)`;
}

/** Mean of all paths and its standard error, from the sums of the chunks. */
export function combine(chunks) {
  const total = { n: 0, sum: 0, sum_sq: 0 };
  for (const chunk of chunks) for (const field of Object.keys(total)) total[field] += chunk[field];
  const price = total.sum / total.n;
  const variance = (total.sum_sq - total.n * price * price) / (total.n - 1);
  return { price, error: Math.sqrt(variance / total.n), n: total.n };
}
