import { readFile, stat } from 'node:fs/promises';
import type {
  AccountObject,
  ArtifactObject,
  BatchEntry,
  CreatedKey,
  DeliveryObject,
  JobObject,
  JobSubmission,
  JobSummary,
  KeyRole,
  ProjectObject,
  ProjectStatus,
  ResultsPage,
  RevisionObject,
  TaskObject,
  TaskResult,
  WebhookSecretObject,
  WorkerObject,
} from '@computalot/contracts';
import { followOutput, type FollowOptions } from './follow-output/follow-output.js';
import type { FollowedOutput } from './follow-output/output-assembly.js';
import { Http, type ClientOptions } from './http.js';
import type { Page, PageOptions } from './paging.js';
import { at } from './paths.js';
import { packFolder } from './pack-folder.js';
import { ProblemError } from './problem-error.js';
import type { CreateOptions, OutputOptions } from './request-options.js';
import { readJsonLines } from './read-lines.js';
import { streamJob, watchJobs, type JobStreamEvent, type StreamOptions } from './stream-job.js';
import { uploadArtifact, type UploadOptions } from './upload-artifact.js';
import { withSource, type UploadBody } from './upload-source.js';
import { Values } from './values.js';
import { waitForJob, type WaitOptions } from './wait-for-job.js';
import { watchProject, type ProjectStreamEvent } from './watch-project.js';

export interface JobFilter extends PageOptions {
  /** All must match. */
  readonly tag?: readonly string[];
  readonly status?: string;
  readonly project?: string;
  readonly type?: string;
  readonly client_ref?: string;
  /** RFC 3339. */
  readonly created_after?: string;
  readonly created_before?: string;
}

const LARGEST_PAGE = 500;

/** The public API, one method a route. Every refusal is a {@link ProblemError}. */
export class ComputalotClient {
  private readonly http: Http;
  readonly values: Values;

  constructor(options: ClientOptions) {
    this.http = new Http(options);
    this.values = new Values(this.http);
  }

  // ---- jobs

  submitJob(submission: JobSubmission, options: CreateOptions = {}): Promise<JobObject> {
    return this.http.json('POST', at('jobs'), { body: submission, ...options });
  }

  /** At most 200 submissions; what became of each, in order. A refused one leaves the others alone. */
  async submitBatch(
    submissions: readonly JobSubmission[],
    options: CreateOptions = {},
  ): Promise<readonly BatchEntry[]> {
    const request = { body: { jobs: submissions }, ...options };
    return (await this.http.json<{ jobs: readonly BatchEntry[] }>('POST', at('jobs', 'batch'), request)).jobs;
  }

  getJob(id: string): Promise<JobObject> {
    return this.http.json('GET', at('jobs', id));
  }

  /** A page, newest first. */
  listJobs(filter: JobFilter = {}): Promise<Page<'jobs', JobSummary>> {
    return this.http.json('GET', at('jobs'), { query: { ...filter } });
  }

  /** May be repeated; a job that has ended stays as it is. */
  cancelJob(id: string): Promise<JobObject> {
    return this.http.json('PUT', at('jobs', id, 'cancel'));
  }

  /** Runs the failed tasks of an ended job again; the job is open again when this resolves. */
  retryJob(id: string): Promise<JobObject> {
    return this.http.json('POST', at('jobs', id, 'retry'));
  }

  /** The calls to the job's `callback_url`, newest first. */
  listDeliveries(id: string, options: PageOptions = {}): Promise<Page<'deliveries', DeliveryObject>> {
    return this.http.json('GET', at('jobs', id, 'webhooks'), { query: { ...options } });
  }

  /** Sends the webhooks of a job again, or one of them. */
  async redeliver(id: string, deliveryId?: string): Promise<readonly DeliveryObject[]> {
    const body = deliveryId === undefined ? {} : { delivery_id: deliveryId };
    const path = at('jobs', id, 'webhooks', 'redeliver');
    return (await this.http.json<{ deliveries: DeliveryObject[] }>('POST', path, { body })).deliveries;
  }

  /** What the webhooks of the account are signed with. */
  webhookSecret(): Promise<WebhookSecretObject> {
    return this.http.json('GET', at('account', 'webhook-secret'));
  }

  /** A new secret; for `previousValid_s` seconds (a day) the one before signs too. */
  rotateWebhookSecret(previousValid_s?: number): Promise<WebhookSecretObject> {
    const body = previousValid_s === undefined ? {} : { previous_valid_s: previousValid_s };
    return this.http.json('POST', at('account', 'webhook-secret'), { body });
  }

  /** Deletes an ended job with everything that belongs to it. */
  async deleteJob(id: string): Promise<void> {
    await this.http.json('DELETE', at('jobs', id));
  }

  /** The job when it has ended, however it ended. */
  waitForJob(id: string, options: WaitOptions = {}): Promise<JobObject> {
    return waitForJob(this.http, id, options);
  }

  /** Events until the job has ended; broken connections are resumed. */
  streamJob(id: string, options: StreamOptions = {}): AsyncGenerator<JobStreamEvent> {
    return streamJob(this.http, id, options);
  }

  /** The output of all tasks as it is written, every byte once and in order, whatever breaks on the way. */
  followOutput(id: string, options: FollowOptions = {}): AsyncGenerator<FollowedOutput> {
    return followOutput(this.http, id, options);
  }

  /** Events of up to 200 jobs until all have ended. */
  watchJobs(ids: readonly string[], options: StreamOptions = {}): AsyncGenerator<JobStreamEvent> {
    return watchJobs(this.http, ids, options);
  }

  tasksPage(id: string, options: PageOptions & { readonly status?: string } = {}): Promise<Page<'tasks', TaskObject>> {
    return this.http.json('GET', at('jobs', id, 'tasks'), { query: { ...options } });
  }

  /** All tasks in order of their index. */
  async *tasks(id: string, options: { readonly status?: string } = {}): AsyncGenerator<TaskObject> {
    let cursor: string | null = null;
    do {
      const page: Page<'tasks', TaskObject> = await this.tasksPage(id, {
        ...options,
        limit: LARGEST_PAGE,
        ...(cursor === null ? {} : { cursor }),
      });
      yield* page.tasks;
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  /** What the tasks wrote, as text. */
  async output(id: string, options: OutputOptions = {}): Promise<string> {
    const response = await this.http.send('GET', at('jobs', id, 'output'), { query: { ...options, format: 'text' } });
    return response.text();
  }

  // ---- results

  /** The results document with one page of tasks. */
  resultsPage(id: string, options: PageOptions & { readonly status?: string } = {}): Promise<ResultsPage> {
    return this.http.json('GET', at('results', id), { query: { ...options } });
  }

  /** The result of every task, streamed in order of their index. */
  async *results(id: string, options: { readonly status?: string } = {}): AsyncGenerator<TaskResult> {
    const response = await this.http.send('GET', at('results', id), {
      query: { ...options },
      headers: { accept: 'application/x-ndjson' },
    });
    if (response.body) yield* readJsonLines<TaskResult>(response.body);
  }

  /** One task's result of any size, exactly as the program wrote it. */
  async taskResult(id: string, index: number): Promise<unknown> {
    return this.http.json('GET', at('results', id, 'tasks', String(index)));
  }

  // ---- projects

  createProject(name: string, options: CreateOptions = {}): Promise<ProjectObject> {
    return this.http.json('POST', at('projects'), { body: { name }, ...options });
  }

  /** The project, created when it does not exist. */
  async ensureProject(name: string): Promise<ProjectObject> {
    try {
      return await this.createProject(name);
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'project_exists') return this.getProject(name);
      throw error;
    }
  }

  listProjects(options: PageOptions = {}): Promise<Page<'projects', ProjectObject>> {
    return this.http.json('GET', at('projects'), { query: { ...options } });
  }

  getProject(name: string): Promise<ProjectObject> {
    return this.http.json('GET', at('projects', name));
  }

  projectStatus(name: string): Promise<ProjectStatus> {
    return this.http.json('GET', at('projects', name, 'status'));
  }

  /** Everything that happens in the project, until `options.signal` or its deletion (then a {@link ProblemError} 404). */
  watchProject(name: string, options: StreamOptions = {}): AsyncGenerator<ProjectStreamEvent> {
    return watchProject(this.http, name, options);
  }

  listRevisions(name: string, options: PageOptions = {}): Promise<Page<'revisions', RevisionObject>> {
    return this.http.json('GET', at('projects', name, 'revisions'), { query: { ...options } });
  }

  async deleteProject(name: string): Promise<void> {
    await this.http.json('DELETE', at('projects', name));
  }

  /** Pushes a folder, or a tar.gz file as it is, and makes it the active revision. */
  async pushProject(name: string, path: string, options: CreateOptions = {}): Promise<RevisionObject> {
    const isFolder = (await stat(path)).isDirectory();
    const bytes = isFolder ? await packFolder(path) : new Uint8Array(await readFile(path));
    const raw = { bytes, type: 'application/gzip' };
    return this.http.json('POST', at('projects', name, 'push'), { raw, ...options });
  }

  // ---- artifacts

  listArtifacts(
    options: PageOptions & { readonly job?: string; readonly name?: string } = {},
  ): Promise<Page<'artifacts', ArtifactObject>> {
    return this.http.json('GET', at('artifacts'), { query: { ...options } });
  }

  /**
   * Uploads the bytes, or the file at a path, under the name: through the API, or past it when it is larger. A very large one goes in parts, some of
   * which are in memory; with an `idempotencyKey` the same call, also of another process, goes on from those that arrived.
   */
  uploadArtifact(filename: string, body: UploadBody, options: UploadOptions = {}): Promise<ArtifactObject> {
    return withSource(body, (source) => uploadArtifact({ http: this.http, filename, source, options }));
  }

  /** An artifact of what lies at a URL; with a `sha256` its readers get those bytes or an error. */
  createExternalArtifact(
    file: { readonly url: string; readonly sha256?: string; readonly filename: string },
    options: CreateOptions = {},
  ): Promise<ArtifactObject> {
    return this.http.json('POST', at('artifacts', 'external'), { body: file, ...options });
  }

  /** Its bytes stay while another artifact of the account has the same. */
  async deleteArtifact(id: string): Promise<void> {
    await this.http.json('DELETE', at('artifacts', id));
  }

  getArtifact(id: string): Promise<ArtifactObject> {
    return this.http.json('GET', at('artifacts', id, 'meta'));
  }

  /** The bytes, as a stream to read or to pipe. */
  async downloadArtifact(id: string): Promise<ReadableStream<Uint8Array>> {
    const response = await this.http.send('GET', at('artifacts', id));
    return response.body ?? new Blob([]).stream();
  }

  // ---- administration: keys with the role admin

  createAccount(name: string, options: CreateOptions = {}): Promise<AccountObject> {
    return this.http.json('POST', at('admin', 'accounts'), { body: { name }, ...options });
  }

  createKey(
    accountId: string,
    key: { readonly role: KeyRole; readonly name?: string },
    options: CreateOptions = {},
  ): Promise<CreatedKey> {
    return this.http.json('POST', at('admin', 'accounts', accountId, 'keys'), { body: key, ...options });
  }

  listWorkers(options: PageOptions = {}): Promise<Page<'workers', WorkerObject>> {
    return this.http.json('GET', at('admin', 'workers'), { query: { ...options } });
  }
}
