import type { Database } from '@computalot/database';
import { newUuid } from '@computalot/kernel';

export type SeededStatus = 'planning' | 'queued' | 'running' | 'completed' | 'partial' | 'failed' | 'cancelled';
export type Condition = 'completed' | 'partial' | 'terminal';
/** A dependency with the condition `completed`, or another one. */
export type Dependency = string | readonly [string, Condition];

const OPEN = ['planning', 'queued', 'running'];

/** Jobs of one account that wait for each other, written as the gateway writes them. */
export class WaitingJobs {
  private constructor(
    private readonly database: Database,
    readonly accountId: string,
  ) {}

  static async create(database: Database): Promise<WaitingJobs> {
    const id = newUuid();
    await database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [id, id]);
    return new WaitingJobs(database, id);
  }

  /** One job without tasks; it waits when it depends on something. */
  async add(status: SeededStatus, dependencies: readonly Dependency[] = []): Promise<string> {
    const [id] = await this.addMany([{ status, dependencies }]);
    if (id === undefined) throw new Error('no job was added');
    return id;
  }

  /** Job n depends on job n - 1, and the first on `head`. */
  async addChain(head: string, length: number): Promise<string[]> {
    const ids = [head, ...Array.from({ length }, () => newUuid())];
    const jobs = ids.slice(1).map((id, at) => ({ id, status: 'queued' as const, dependencies: [ids[at] ?? ''] }));
    return this.addMany(jobs);
  }

  async addMany(
    jobs: readonly { id?: string; status: SeededStatus; dependencies?: readonly Dependency[] }[],
  ): Promise<string[]> {
    const rows = jobs.map(({ id = newUuid(), status, dependencies = [] }) => ({ id, status, dependencies }));
    await this.database.query(
      `INSERT INTO jobs (id, account_id, type, status, unmet, finished_at)
       SELECT id, $1, 'structured_runner', status, unmet, CASE WHEN NOT status::text = ANY ($5) THEN now() END
       FROM unnest($2::uuid[], $3::job_status[], $4::int[]) AS j (id, status, unmet)`,
      [
        this.accountId,
        rows.map(({ id }) => id),
        rows.map(({ status }) => status),
        rows.map(({ dependencies }) => dependencies.length),
        OPEN,
      ],
    );
    const edges = rows.flatMap(({ id, dependencies }) =>
      dependencies.map((dependency) => {
        const [depends_on, condition] = typeof dependency === 'string' ? [dependency, 'completed'] : dependency;
        return { id, depends_on, condition };
      }),
    );
    await this.database.query(
      'INSERT INTO job_dependencies (job_id, depends_on, condition) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])',
      [edges.map(({ id }) => id), edges.map(({ depends_on }) => depends_on), edges.map(({ condition }) => condition)],
    );
    return rows.map(({ id }) => id);
  }

  async end(id: string, status: SeededStatus): Promise<void> {
    await this.database.query('UPDATE jobs SET status = $2, finished_at = now() WHERE id = $1', [id, status]);
  }

  /** Status, what is unmet, and the states of the dependencies of a job, in order of what it depends on. */
  async look(
    id: string,
  ): Promise<{ status: string; unmet: number; states: string[]; error: { message: string } | null }> {
    const [job] = await this.database.query<{
      status: string;
      unmet: number;
      states: string[];
      error: { message: string } | null;
    }>(
      `SELECT status, unmet, error,
              ARRAY(SELECT state FROM job_dependencies WHERE job_id = jobs.id ORDER BY depends_on) AS states
       FROM jobs WHERE id = $1`,
      [id],
    );
    if (!job) throw new Error(`no job ${id}`);
    return job;
  }
}
