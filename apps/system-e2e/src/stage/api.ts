import type {
  JobObject,
  JobSubmission,
  KeyRole,
  ResultsPage,
  TaskObject,
  TaskResult,
  WorkerObject,
} from '@computalot/contracts';
import { ComputalotClient } from '@computalot/sdk';
import { waitUntil } from '@computalot/testing';

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** The public API as one account's key sees it: the client of `libs/sdk`, and plain HTTP for what must be refused. */
export class Api {
  readonly client: ComputalotClient;

  constructor(
    readonly url: string,
    readonly key: string,
  ) {
    this.client = new ComputalotClient({ url, apiKey: key });
  }

  /** Any call below /api/v1, whatever it answers. A string is sent as it is. */
  async call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await this.request(method, path, body, headers);
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (json && text ? JSON.parse(text) : text) as T };
  }

  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  async push(project: string, folder: string): Promise<void> {
    await this.client.ensureProject(project);
    await this.client.pushProject(project, folder);
  }

  submit(job: JobSubmission): Promise<JobObject> {
    return this.client.submitJob(job);
  }

  /** Submits and waits for the end, by the stream as a user would. */
  async run(job: JobSubmission, timeout_s = 60): Promise<JobObject> {
    const { id } = await this.submit(job);
    return this.end(id, timeout_s);
  }

  end(id: string, timeout_s = 60): Promise<JobObject> {
    return this.client.waitForJob(id, { timeoutMs: timeout_s * 1_000 });
  }

  /** Waits until the job is what `is` says. */
  until(id: string, what: string, is: (job: JobObject) => boolean, timeout_s = 60): Promise<JobObject> {
    const look = async (): Promise<JobObject | null> => {
      const job = await this.client.getJob(id);
      return is(job) ? job : null;
    };
    return waitUntil(`job ${id}: ${what}`, look, { timeout_s, every_ms: 50 });
  }

  /** The first 500. */
  async tasks(id: string): Promise<readonly TaskObject[]> {
    return (await this.client.tasksPage(id, { limit: 500 })).tasks;
  }

  /** The results document, with the tasks that its stream of lines gives. */
  async results(id: string): Promise<ResultsPage> {
    const page = await this.client.resultsPage(id, { limit: 1 });
    const tasks: TaskResult[] = [];
    for await (const task of this.client.results(id)) tasks.push(task);
    return { ...page, tasks };
  }

  async workers(): Promise<readonly WorkerObject[]> {
    return (await this.client.listWorkers({ limit: 500 })).workers;
  }

  /** A new account with one key, as its owner sees the API. */
  async newAccount(name: string, role: KeyRole = 'member'): Promise<Api> {
    const account = await this.client.createAccount(name);
    const { key } = await this.client.createKey(account.id, { role, name: role });
    return new Api(this.url, key);
  }
}
