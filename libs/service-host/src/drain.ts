import type { Logger as PinoLogger } from 'pino';

/** One step of a graceful end, in the order they must happen. */
export interface DrainStep {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/** Milliseconds after which a drain that hangs is given up. */
export const DRAIN_DEADLINE_MS = 30_000;

/**
 * Runs the steps once, however often it is asked. A step that fails is logged and the next ones still run: what can be flushed is flushed.
 * Resolves to true when every step succeeded within the deadline; after the deadline it resolves to false and leaves the rest alone.
 */
export function createDrain(
  steps: readonly DrainStep[],
  logger: PinoLogger,
  deadlineMs = DRAIN_DEADLINE_MS,
): () => Promise<boolean> {
  let drained: Promise<boolean> | undefined;
  return () => (drained ??= drainWithin(steps, logger, deadlineMs));
}

async function drainWithin(steps: readonly DrainStep[], logger: PinoLogger, deadlineMs: number): Promise<boolean> {
  let current = '';
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      logger.error(`drain gave up after ${deadlineMs} ms in step "${current}"`);
      resolve(false);
    }, deadlineMs);
  });
  const all = async (): Promise<boolean> => {
    let clean = true;
    for (const step of steps) {
      current = step.name;
      await step.run().catch((error: unknown) => {
        clean = false;
        logger.error({ err: error }, `drain step "${step.name}" failed`);
      });
    }
    return clean;
  };
  const clean = await Promise.race([all(), deadline]);
  clearTimeout(timer);
  return clean;
}
