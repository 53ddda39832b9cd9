import type { Logger as PinoLogger } from 'pino';
import { StartError } from './start-error.js';

/** One Ctrl-C arrives several times within this: from the terminal, and forwarded by npm and scripts. */
const SAME_SIGNAL_MS = 1_000;

/**
 * SIGTERM, SIGINT and SIGHUP (the terminal was closed) drain once and exit: 0 when clean, 1 when not. A later SIGINT (an impatient person) exits at once.
 * What nobody caught is a defect: it is logged and ends the process, because its state can no longer be trusted.
 */
export function endOnSignals(stop: () => Promise<boolean>, logger: PinoLogger): void {
  let askedAt: number | undefined;
  const end = (signal: NodeJS.Signals): void => {
    if (askedAt !== undefined) {
      if (signal === 'SIGINT' && performance.now() - askedAt > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    askedAt = performance.now();
    logger.info(`${signal}: draining`);
    void stop().then((clean) => process.exit(clean ? 0 : 1));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('SIGHUP', end);
  const fatal = (kind: string) => (error: unknown) => {
    logger.fatal({ err: error }, kind);
    process.exit(1);
  };
  process.on('unhandledRejection', fatal('unhandled rejection'));
  process.on('uncaughtException', fatal('uncaught exception'));
}

/** Wraps a `main`: a start that fails says why in one place and exits 1. */
export function startOrExit(main: () => Promise<unknown>): void {
  main().catch((error: unknown) => {
    const text = error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${text}\n`);
    process.exit(1);
  });
}
