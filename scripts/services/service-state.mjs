import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What this script started, in a folder of this user: one JSON file per service, and a data folder beside it that goes with it. */
export function openState(offset) {
  const root = join(tmpdir(), `computalot-services-${process.getuid?.() ?? 0}${offset === 0 ? '' : `-${offset}`}`);
  mkdirSync(root, { recursive: true });
  // The services run as their own users and must be able to walk through.
  chmodSync(root, 0o755);
  const recordOf = (name) => join(root, `${name}.json`);
  const folderOf = (name) => join(root, name);
  const read = (name) => (existsSync(recordOf(name)) ? JSON.parse(readFileSync(recordOf(name), 'utf8')) : null);
  const write = (name, processes) => {
    writeFileSync(`${recordOf(name)}.new`, JSON.stringify(processes));
    renameSync(`${recordOf(name)}.new`, recordOf(name));
  };
  return {
    folder: folderOf,
    /** Processes of a service that was started here, or null. */
    processes: read,
    begin(name) {
      rmSync(folderOf(name), { recursive: true, force: true });
      mkdirSync(folderOf(name), { recursive: true });
      write(name, []);
    },
    add: (name, started) => write(name, [...(read(name) ?? []), started]),
    forget: (name) => rmSync(recordOf(name), { force: true }),
  };
}
