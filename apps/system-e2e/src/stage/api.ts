import type {
  AccountObject,
  CreatedKey,
  JobObject,
  JobSubmission,
  KeyRole,
  ResultsPage,
  TaskObject,
  TaskResult,
  WorkerObject,
} from '@computalot/contracts';
import { waitUntil } from '@computalot/testing';

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export const TERMINAL: readonly string[] = ['completed', 'partial', 'failed', 'cancelled'];

/** The public API as one account's key sees it; nothing but HTTP. */
export class Api {
  constructor(
    readonly url: string,
    readonly key: string,
  ) {}

  /** Any call below /api/v1, whatever it answers. */
  async call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const raw = body instanceof Uint8Array || typeof body === 'string';
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: raw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (json && text ? JSON.parse(text) : text) as T };
  }

  /** A call that must succeed. */
  async ok<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
    const answer = await this.call<T>(method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async push(project: string, archive: Buffer): Promise<void> {
    const created = await this.call('POST', '/projects', { name: project });
    if (created.status !== 201 && created.status !== 409)
      throw new Error(`POST /projects: ${created.status} ${JSON.stringify(created.body)}`);
    await this.ok('POST', `/projects/${project}/push`, archive, { 'content-type': 'application/gzip' });
  }

  submit(job: JobSubmission): Promise<JobObject> {
    return this.ok('POST', '/jobs', job);
  }

  job(id: string): Promise<JobObject> {
    return this.ok('GET', `/jobs/${id}`);
  }

  async tasks(id: string, query = 'limit=500'): Promise<readonly TaskObject[]> {
    return (await this.ok<{ tasks: TaskObject[] }>('GET', `/jobs/${id}/tasks?${query}`)).tasks;
  }

  /** Waits until the job is what `is` says; by default at its end. */
  until(
    id: string,
    what = 'the end',
    is = (job: JobObject): boolean => TERMINAL.includes(job.status),
    timeout_s = 60,
  ): Promise<JobObject> {
    return waitUntil(
      `job ${id}: ${what}`,
      async () => (await this.job(id).then((job) => (is(job) ? job : null))) ?? null,
      {
        timeout_s,
        every_ms: 50,
      },
    );
  }

  async run(job: JobSubmission, timeout_s?: number): Promise<JobObject> {
    const { id } = await this.submit(job);
    return this.until(id, 'the end', undefined, timeout_s);
  }

  /** The results document with the tasks of all pages. */
  async results(id: string): Promise<ResultsPage> {
    const tasks: TaskResult[] = [];
    let page = await this.ok<ResultsPage>('GET', `/results/${id}?limit=500`);
    for (;;) {
      tasks.push(...page.tasks);
      if (page.next_cursor === null) return { ...page, tasks };
      page = await this.ok('GET', `/results/${id}?limit=500&cursor=${encodeURIComponent(page.next_cursor)}`);
    }
  }

  /** Raw bytes of `GET /jobs/:id/output`. */
  output(id: string, query: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/api/v1/jobs/${id}/output?${query}`, {
      headers: { authorization: `Bearer ${this.key}`, accept: 'text/plain', ...headers },
    });
  }

  workers(): Promise<readonly WorkerObject[]> {
    return this.ok<{ workers: WorkerObject[] }>('GET', '/admin/workers').then(({ workers }) => workers);
  }

  /** A new account with one key, as its owner sees the API. */
  async newAccount(name: string, role: KeyRole = 'member'): Promise<Api> {
    const account = await this.ok<AccountObject>('POST', '/admin/accounts', { name });
    return this.newKey(account.id, role);
  }

  async newKey(accountId: string, role: KeyRole): Promise<Api> {
    const { key } = await this.ok<CreatedKey>('POST', `/admin/accounts/${accountId}/keys`, {
      role,
      name: `${role} of ${accountId}`,
    });
    return new Api(this.url, key);
  }
}
