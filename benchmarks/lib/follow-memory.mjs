import { measure } from './processes.mjs';

const EVERY_MS = 500;
const FOLLOWED = /^(standalone|api-gateway|planner|scheduler)$/;

/** Resident memory of the services that a large job could fill, sampled; `report` begins anew. */
export function followMemory(services) {
  let phase = new Map();
  const sample = () => {
    for (const [name, { rss }] of measure(services)) {
      if (!FOLLOWED.test(name)) continue;
      const seen = phase.get(name) ?? { name, before: rss, peak: rss, now: rss };
      phase.set(name, { ...seen, peak: Math.max(seen.peak, rss), now: rss });
    }
  };
  sample();
  const timer = setInterval(sample, EVERY_MS);
  return {
    report(name) {
      sample();
      const rows = [...phase.values()];
      phase = new Map();
      sample();
      return { phase: name, rows };
    },
    stop: () => clearInterval(timer),
  };
}
