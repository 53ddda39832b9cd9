import { DependencyAway } from '@computalot/kernel';
import pg from 'pg';
import { awayOr } from './database-away.js';
import { preparedNameOf } from './load-sql.js';
import { PLAN_SETTINGS } from './plan-settings.js';

/** Injection token of the process's {@link Database}. */
export const DATABASE = Symbol('DATABASE');

/** Whatever can run a statement: the pool, or one transaction. */
export interface Queryable {
  /** Runs one statement and returns its rows. bigint and numeric arrive as numbers, timestamptz as Date, json parsed (cast to text to keep it raw). */
  query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]>;
}

// A count or a byte size beyond 2^53 is a defect elsewhere; numbers are what every caller wants.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);

/** A statement from a file is prepared under its name; one without a name is parsed each time. */
const statement = (text: string, params: readonly unknown[]) => {
  const name = preparedNameOf(text);
  return { text, values: params as unknown[], ...(name === undefined ? {} : { name }) };
};

const RETRYABLE = new Set(['40001', '40P01']);
const MAX_TRIES = 5;

/**
 * One pool of connections per process. Throws `DependencyAway` while the server cannot be reached. Transactions that lose a serialisation or deadlock race are run again from their
 * start.
 */
export class Database implements Queryable {
  readonly pool: pg.Pool;

  constructor(options: { url: string; maxConnections?: number; applicationName?: string }) {
    this.pool = new pg.Pool({
      connectionString: options.url,
      max: options.maxConnections ?? 10,
      application_name: options.applicationName ?? 'computalot',
      // Of every new connection, before anybody gets it.
      verify: (client, done) => void client.query(PLAN_SETTINGS).then(() => done(), done),
    });
    // A connection that breaks, idle or between two statements of its user, ends the process when nobody listens. Its user hears of it from
    // the next statement; the pool drops it.
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  async query<R extends object>(sql: string, params: readonly unknown[] = []): Promise<R[]> {
    const client = await this.connect();
    let away: Error | undefined;
    try {
      return (await client.query<R>(statement(sql, params))).rows;
    } catch (error) {
      const thrown = awayOr(error);
      if (thrown instanceof DependencyAway) away = thrown;
      throw thrown;
    } finally {
      // One given back with an error is closed.
      client.release(away);
    }
  }

  /** Commits when `work` resolves, rolls back when it throws. `work` may run more than once, so it has no effect outside the transaction. */
  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.transactOnce(work);
      } catch (error) {
        if (attempt === MAX_TRIES || !RETRYABLE.has((error as { code?: string }).code ?? '')) throw awayOr(error);
      }
    }
  }

  private async transactOnce<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const client = await this.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const tx: Queryable = {
        query: async <R extends object>(sql: string, params: readonly unknown[] = []) =>
          (await client.query<R>(statement(sql, params))).rows,
      };
      const result = await work(tx);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => (broken = failure));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** Whatever keeps the server from letting us in, it has not looked at the work. */
  private async connect(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw new DependencyAway(error as Error);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
