import { median, quantile } from './statistics.mjs';

/** Figures as they come, each beside the one that was asked for. */
export class AskedTable {
  constructor(title) {
    this.title(title);
  }

  title(text) {
    console.log(`\n${text}`);
  }

  /** @param {{ below?: number, above?: number, unit?: string }} asked */
  row(label, value, { below, above, unit = '' } = {}) {
    const asked = below !== undefined ? `asked: < ${below} ${unit}` : above !== undefined ? `asked: ≥ ${above}` : '';
    const met = below !== undefined ? value < below : above !== undefined ? value >= above : true;
    const text = value < 10 ? value.toFixed(1) : value.toFixed(0);
    console.log(`  ${label.padEnd(58)}${`${text} ${unit}`.padStart(12)}   ${asked}${met ? '' : '   MISSED'}`);
  }

  /** Milliseconds: the median is what is asked for, the 99th percentile and the worst are told. */
  times(label, values, below) {
    this.row(`${label} (${values.length}×, median)`, median(values), { below, unit: 'ms' });
    const [p99, worst] = [quantile(values, 0.99), Math.max(...values)].map((ms) => ms.toFixed(1));
    console.log(`    p99 ${p99} ms, worst ${worst} ms`);
  }

  /** @param {{ phase: string, rows: { name: string, before: number, peak: number, now: number }[] }} report megabytes */
  memory({ phase, rows }) {
    const text = rows.map(({ name, before, peak, now }) =>
      [`${name} ${before.toFixed(0)}`, peak.toFixed(0), now.toFixed(0)].join(' → '),
    );
    console.log(`  resident MB, before → peak → now (${phase}): ${text.join(' · ')}`);
  }
}
