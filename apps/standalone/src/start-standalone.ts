import { join } from 'node:path';
import {
  Database,
  deployMigrations,
  EmbeddedPostgresError,
  ensureAdminKey,
  MigrationError,
  startEmbeddedPostgres,
} from '@computalot/database';
import { StartError, type RunningService } from '@computalot/service-host';
import { chooseDataDir, makeDataDir } from './choose-data-dir.js';
import type { StandaloneConfig } from './config.js';
import { lockDataDir } from './lock-data-dir.js';
import { openLog } from './open-log.js';

/** What the person at the terminal is told. */
export type Tell = (line: string) => void;

/** For the one before to drain, when it was told to end just now. */
const RESTART_PATIENCE_MS = 5_000;

/** From nothing to serving. Whatever was started is stopped again when a later step fails. */
export async function startStandalone(config: StandaloneConfig, tell: Tell): Promise<RunningService> {
  const { path: dataDir, notice } = await chooseDataDir(config.COMPUTALOT_DATA_DIR);
  if (notice) tell(notice);
  await makeDataDir(dataDir);
  const unlock = await lockDataDir(dataDir, { patienceMs: RESTART_PATIENCE_MS, tell });
  const undo: (() => Promise<unknown>)[] = [unlock];
  const undoAll = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    // Loading the services takes about as long as starting Postgres, and needs another core.
    const platform = import('./start-platform.js');
    platform.catch(() => undefined);
    const url = config.DATABASE_URL ?? (await startPostgres(dataDir, undo));
    await deployMigrations(url);
    const database = new Database({ url, maxConnections: 20, applicationName: 'computalot-standalone' });
    undo.push(() => database.close());
    const { generated } = await ensureAdminKey(database, config.COMPUTALOT_ADMIN_KEY);
    const logger = openLog(dataDir, config.COMPUTALOT_LOG_LEVEL);
    const { startPlatform } = await platform;
    // From here on the application closes its database itself.
    undo.pop();
    const service = await startPlatform({ config, dataDir, database, logger, afterClose: undoAll });
    if (generated) tell(`Admin API key, shown only now: ${generated}`);
    return service;
  } catch (error) {
    await undoAll();
    const isExplained =
      error instanceof EmbeddedPostgresError || error instanceof MigrationError || error instanceof RangeError;
    throw isExplained ? new StartError(error.message, { cause: error }) : error;
  }
}

async function startPostgres(dataDir: string, undo: (() => Promise<unknown>)[]): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') });
  undo.push(() => postgres.stop());
  return postgres.url;
}
