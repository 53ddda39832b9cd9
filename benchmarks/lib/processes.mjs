// What processes cost, from /proc (Linux).
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']));

/** pid, parent, name, resident MB, CPU milliseconds so far: of its own, and of its ended and awaited children. */
function readProcess(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ms = (from, to) =>
      (fields.slice(from, to).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond) * 1000;
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    return { pid: Number(pid), parent: Number(fields[1]), name, rss, cpu: ms(11, 13), reaped: ms(13, 15) };
  } catch {
    return null;
  }
}

const everyProcess = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readProcess)
    .filter(Boolean);

/**
 * Resident memory (MB) and CPU (ms) by row: each service by its name, its launchers and its Postgres apart, the real services of this machine last.
 * CPU of a launcher leaves out the tasks it started.
 * @param {ReadonlyMap<string, {pid: number}>} services
 */
export function measure(services) {
  const all = everyProcess();
  const rows = new Map();
  const add = (row, { rss, cpu }) =>
    rows.set(row, { rss: (rows.get(row)?.rss ?? 0) + rss, cpu: (rows.get(row)?.cpu ?? 0) + cpu });
  for (const [name, { pid }] of services) {
    for (const each of family(all, pid)) add(each.pid === pid ? name : `${name}: ${kindOf(each)}`, each);
  }
  const owned = new Set([...services.values()].flatMap(({ pid }) => family(all, pid).map((each) => each.pid)));
  for (const each of all)
    if (!owned.has(each.pid) && /^(postgres|beam.smp|redis-server|radosgw|minio)$/.test(each.name))
      add(`(${each.name})`, each);
  return rows;
}

const kindOf = ({ name }) => (/^python/.test(name) ? 'launchers' : name);

function family(all, root) {
  const members = all.filter(({ pid }) => pid === root);
  for (let i = 0; i < members.length; i += 1) members.push(...all.filter(({ parent }) => parent === members[i].pid));
  return members;
}
