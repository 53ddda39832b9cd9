import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@computalot/database';
import pg from 'pg';

const LOCAL_SERVER = 'postgresql://postgres@127.0.0.1:5432/postgres';

let found: Promise<string> | undefined;

/**
 * URL of the administrative database of a Postgres for tests: TEST_DATABASE_URL, else the local server, else an embedded one. The embedded
 * one is shared by all test processes of this user and is left running, so that the next run starts at once.
 */
export function findTestServer(): Promise<string> {
  found ??= find();
  return found;
}

async function find(): Promise<string> {
  const configured = process.env.TEST_DATABASE_URL;
  if (configured) return configured;
  if (await isReachable(LOCAL_SERVER)) return LOCAL_SERVER;
  return startSharedServer();
}

export async function startSharedServer(): Promise<string> {
  const dataDir = join(tmpdir(), `computalot-test-postgres-${process.getuid?.() ?? 0}`);
  return (await startEmbeddedPostgres({ dataDir })).url;
}

async function isReachable(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The URL of another database of the same server. */
export function urlOf(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
