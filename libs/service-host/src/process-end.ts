import type { Logger as PinoLogger } from 'pino';
import { ConfigError } from './load-config.js';

/**
 * SIGTERM and SIGINT drain once and exit: 0 when clean, 1 when not. A second SIGINT (an impatient person) exits at once.
 * What nobody caught is a defect: it is logged and ends the process, because its state can no longer be trusted.
 */
export function endOnSignals(stop: () => Promise<boolean>, logger: PinoLogger): void {
  let asked = false;
  const end = (signal: NodeJS.Signals): void => {
    if (asked) {
      if (signal === 'SIGINT') process.exit(130);
      return;
    }
    asked = true;
    logger.info(`${signal}: draining`);
    void stop().then((clean) => process.exit(clean ? 0 : 1));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
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
    const text = error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${text}\n`);
    process.exit(1);
  });
}
