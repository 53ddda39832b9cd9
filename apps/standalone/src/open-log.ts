import { statSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger, type LogLevel } from '@computalot/service-host';
import { pino, type Logger } from 'pino';
import { readableLine } from './readable-lines.js';

/** Bytes after which the log of earlier runs is put aside; one generation is kept. */
const ROTATE_AT_BYTES = 64 * 1024 * 1024;

/** Everything from `info` on as JSON in `<dataDir>/standalone.log`; from `terminalLevel` on readable on stderr. */
export function openLog(dataDir: string, terminalLevel: LogLevel): Logger {
  const file = join(dataDir, 'standalone.log');
  putAside(file);
  const level = pino.levels.values[terminalLevel]! < pino.levels.values['info']! ? terminalLevel : 'info';
  const destination = pino.multistream([
    { level, stream: pino.destination({ dest: file, mode: 0o600 }) },
    { level: terminalLevel, stream: { write: (line: string) => void process.stderr.write(readableLine(line)) } },
  ]);
  return createLogger({ service: 'standalone', level, destination });
}

function putAside(file: string): void {
  try {
    if (statSync(file).size > ROTATE_AT_BYTES) renameSync(file, `${file}.1`);
  } catch {
    // None yet.
  }
}
