import { createHash } from 'node:crypto';
import { deployMigrations, readMigrations } from '@computalot/database';
import type pg from 'pg';
import { urlOf } from './test-server.js';

/** Advisory lock on the server's administrative database: one process builds the template, the others wait for it. */
const TEMPLATE_LOCK = 72707370;
const LEFTOVER_AFTER_MS = 3_600_000;

/** Creates database `name` from the template of the current migrations, building the template first when it is missing. */
export async function cloneTemplate(admin: pg.Client, server: string, name: string): Promise<void> {
  const template = `computalot_template_${await hashOfMigrations()}`;
  if (!(await exists(admin, template))) await buildOnce(admin, server, template);
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
}

async function hashOfMigrations(): Promise<string> {
  const hash = createHash('sha256');
  for (const { name, checksum } of await readMigrations()) hash.update(`${name}:${checksum};`);
  return hash.digest('hex').slice(0, 16);
}

async function exists(admin: pg.Client, name: string): Promise<boolean> {
  return (await admin.query('SELECT FROM pg_database WHERE datname = $1', [name])).rowCount === 1;
}

async function buildOnce(admin: pg.Client, server: string, template: string): Promise<void> {
  await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    if (await exists(admin, template)) return;
    await dropLeftovers(admin);
    // Built under another name and renamed when complete, so that a killed run never leaves a half-migrated template.
    const building = `${template}_building`;
    await admin.query(`DROP DATABASE IF EXISTS ${building} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${building}`);
    await deployMigrations(urlOf(server, building));
    await admin.query(`ALTER DATABASE ${building} RENAME TO ${template}`);
  } finally {
    await admin.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

/** Databases of runs that were killed before they could drop them. */
async function dropLeftovers(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    `SELECT datname FROM pg_database
     WHERE datname ~ '^computalot_test_[0-9]{13}_' AND split_part(datname, '_', 3)::bigint < $1`,
    [Date.now() - LEFTOVER_AFTER_MS],
  );
  for (const { datname } of rows) await admin.query(`DROP DATABASE IF EXISTS ${datname}`).catch(() => undefined);
}
