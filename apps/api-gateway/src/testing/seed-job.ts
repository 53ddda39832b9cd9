import { createProject, publishRevision, type Database } from '@computalot/database';
import { decodeId } from '@computalot/kernel';
import type { Gateway } from './start-gateway.js';

/** A project with code; without a manifest of its own it has a command, so that jobs can be submitted. */
export async function seedProject(
  database: Database,
  accountId: string,
  name: string,
  manifest: Record<string, unknown> = { entrypoint: { command: ['./run'] } },
): Promise<void> {
  const project = await createProject(database, accountId, name);
  const event = {
    type: 'project.revision_published.v1',
    id: 'e',
    subject: name,
    time: new Date().toISOString(),
    data: {},
  };
  await publishRevision(database, accountId, project?.id ?? '', {
    hash: 'a'.repeat(64),
    size_bytes: 1,
    entry_count: 1,
    manifest,
    event,
  });
}

/** A submitted job, brought into a state by hand: no planner or scheduler runs in these tests. */
export class SeededJob {
  private constructor(
    private readonly database: Database,
    readonly id: string,
    readonly uuid: string,
  ) {}

  static async submit(gateway: Gateway, database: Database, key: string, body: object): Promise<SeededJob> {
    const answer = await gateway.call('POST', '/api/v1/jobs', { key, body });
    const id = String(answer.json.id);
    const uuid = decodeId('job', id);
    if (answer.status !== 201 || uuid === null) throw new Error(answer.text);
    return new SeededJob(database, id, uuid);
  }

  /** `total` tasks in state queued; the job is queued. */
  async plan(total: number): Promise<this> {
    await this.database.query(`INSERT INTO tasks (job_id, index) SELECT $1, i FROM generate_series(0, $2 - 1) i`, [
      this.uuid,
      total,
    ]);
    await this.database.query(
      `UPDATE jobs SET status = 'queued', task_total = $2, planned = $2, queued = $2, planned_at = now() WHERE id = $1`,
      [this.uuid, total],
    );
    return this;
  }

  /** Sets columns of a task and recounts the job. */
  async task(index: number, columns: Record<string, unknown>): Promise<this> {
    const names = Object.keys(columns);
    const sets = names.map((name, n) => `${name} = $${n + 3}`).join(', ');
    const values = Object.values(columns).map((value) =>
      typeof value === 'object' && value !== null && !(value instanceof Date) ? JSON.stringify(value) : value,
    );
    await this.database.query(`UPDATE tasks SET ${sets} WHERE job_id = $1 AND index = $2`, [
      this.uuid,
      index,
      ...values,
    ]);
    return this.recount();
  }

  async output(
    index: number,
    attempt: number,
    stream: 'stdout' | 'stderr',
    tail: string | Uint8Array,
    stored?: number,
    size?: number,
  ): Promise<this> {
    const bytes = typeof tail === 'string' ? Buffer.from(tail) : tail;
    const size_bytes = size ?? stored ?? bytes.length;
    await this.database.query(
      `INSERT INTO task_outputs (job_id, index, attempt, stream, size_bytes, tail, stored, stored_bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [this.uuid, index, attempt, stream, size_bytes, bytes, stored !== undefined, stored ?? null],
    );
    return this;
  }

  async failedAttempt(index: number, attempt: number, exitCode: number): Promise<this> {
    await this.database.query(
      `INSERT INTO attempts (job_id, index, attempt, reason, exit_code, outcome, started_at, finished_at) VALUES ($1, $2, $3, 'exit', $4, $5, now(), now())`,
      [
        this.uuid,
        index,
        attempt,
        exitCode,
        JSON.stringify({ error: { code: 'exit', message: `exit code ${exitCode}` } }),
      ],
    );
    return this;
  }

  async end(status: string): Promise<this> {
    await this.database.query(
      'UPDATE jobs SET status = $2::job_status, started_at = now(), finished_at = now() WHERE id = $1',
      [this.uuid, status],
    );
    return this;
  }

  private async recount(): Promise<this> {
    await this.database.query(
      `UPDATE jobs SET queued = c.queued, leased = c.leased, running = c.running, retrying = c.retrying,
              completed = c.completed, failed = c.failed, cancelled = c.cancelled, status = CASE WHEN c.running > 0 THEN 'running' ELSE status END
       FROM (SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'leased') AS leased,
                    count(*) FILTER (WHERE state = 'running') AS running, count(*) FILTER (WHERE state = 'retrying') AS retrying,
                    count(*) FILTER (WHERE state = 'completed') AS completed, count(*) FILTER (WHERE state = 'failed') AS failed,
                    count(*) FILTER (WHERE state = 'cancelled') AS cancelled FROM tasks WHERE job_id = $1) c
       WHERE id = $1`,
      [this.uuid],
    );
    return this;
  }
}
