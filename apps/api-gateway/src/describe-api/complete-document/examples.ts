import type { Example } from '../api-document.js';
import { accountExamples } from './account-examples.js';
import { jobTypeExamples } from './job-type-examples.js';
import { problemExample } from './problem-example.js';
import { recipe, recipeJobExamples } from './recipe-example.js';
import { uploadExamples } from './upload-examples.js';

/** Example values by the name of their schema. Each one is checked against it by the linter. */
const job_id = 'job_01k66jwz0sfmhvr1a2b3c4d5e6';
const artifact_id = 'art_01k66jwz0sfmhvr1a2b3c4d5e7';
const revision = '8a9f1c260fd6b1e0a3c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7';
const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const created_at = '2026-01-31T12:00:00.000Z';
const started_at = '2026-01-31T12:00:00.120Z';
const finished_at = '2026-01-31T12:00:07.480Z';

const submission = {
  project: 'knn-iris',
  runner_command: ['python3', 'run.py'],
  payload: { ks: [1, 3, 5] },
  fan_out: { by: 'ks' },
  tags: ['iris'],
  client_ref: 'run-42',
};

const task_counts = {
  total: 3,
  queued: 0,
  leased: 0,
  running: 1,
  retrying: 0,
  completed: 2,
  failed: 0,
  cancelled: 0,
};

const project = { id: 'prj_01k66jwz0sfmhvr1a2b3c4d5e9', name: 'knn-iris', active_revision: revision, created_at };
const summary = {
  id: job_id,
  job_id,
  type: 'structured_runner',
  status: 'running',
  name: null,
  project: 'knn-iris',
  revision,
  tags: ['iris'],
  meta: null,
  variant: null,
  client_ref: 'run-42',
  priority: 0,
  task_counts,
  progress: { fraction: 0.666667, eta_s: 4 },
  error: null,
  recommended_action: null,
  cancel_requested: false,
  run: 1,
  cached_tasks: 0,
  result_persisted: false,
  output_persisted: false,
  created_at,
  planned_at: created_at,
  started_at,
  finished_at: null,
};

const liveTask = {
  id: `${job_id}.2`,
  task_id: `${job_id}.2`,
  index: 2,
  attempt: 1,
  status: 'running',
  exit_code: null,
  live_feedback: { output_tail: 'k = 5: fold 3 of 10\n', updated_at: finished_at },
  latest_progress: { fold: 3 },
};

const taskResult = {
  id: `${job_id}.0`,
  task_id: `${job_id}.0`,
  index: 0,
  status: 'completed',
  attempt: 1,
  cached_from: null,
  result: { k: 1, accuracy: 0.96 },
  result_quality: 1,
  result_warnings: [],
  error: null,
  exit_code: 0,
  artifacts: [artifact_id],
  started_at,
  finished_at,
  duration_s: 7.36,
};

const output = {
  task_id: `${job_id}.2`,
  index: 2,
  attempt: 1,
  stream: 'stdout',
  offset: 0,
  text: 'k = 5: fold 3 of 10\n',
};

const event = (name: string, id: string, data: unknown) =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

export const schemaExamples: Readonly<Record<string, unknown>> = {
  Job: { ...summary, ...submission, pending_reason: null, aggregate_result: null },
  JobSummary: summary,
  Batch: {
    jobs: [
      {
        index: 0,
        id: job_id,
        job_id,
        status: 'planning',
        payload: submission.payload,
        meta: null,
        variant: null,
        client_ref: 'run-42',
      },
      { index: 1, problem: problemExample('project_not_found') },
    ],
  },
  SubmitBatchDto: { jobs: [submission, { project: 'no-such-project' }] },
  Task: {
    id: `${job_id}.2`,
    task_id: `${job_id}.2`,
    job_id,
    index: 2,
    status: 'running',
    attempt: 2,
    payload: { ks: [5], _fan_out: { shape: 'by', index: 2, total: 3 } },
    live_feedback: liveTask.live_feedback,
    latest_progress: { fold: 3 },
    checkpoint: { saved_at: started_at, size_bytes: 4096 },
    error: null,
    output: 'k = 5: fold 3 of 10\n',
    exit_code: null,
    cached_from: null,
    last_failed_attempt: {
      attempt: 1,
      reason: 'exit',
      exit_code: 137,
      error: { code: 'exit', message: 'The program ended with exit code 137.' },
      output: 'k = 5: fold 1 of 10\n',
      started_at,
      finished_at,
    },
    artifacts: [],
    leased_at: created_at,
    started_at,
    finished_at: null,
    available_at: null,
  },
  TaskResult: taskResult,
  Results: {
    job_id,
    type: 'structured_runner',
    status: 'running',
    name: null,
    summary: 'running: of 3 tasks 2 completed, 1 not finished.',
    completeness: { total: 3, completed: 2, failed: 0, cancelled: 0, fraction: 0.6666666666666666 },
    aggregate_result: null,
    aggregate_aliases: {},
    result_persisted: false,
    output_persisted: false,
    tags: ['iris'],
    client_ref: 'run-42',
    meta: null,
    variant: null,
    error: null,
    recommended_action: null,
    created_at,
    started_at,
    finished_at: null,
    tasks: [taskResult],
    next_cursor: null,
  },
  Outputs: { job_id, outputs: [{ ...output, size_bytes: 20, archived: true, cut: null }], next_cursor: null },
  Project: project,
  Revision: {
    id: revision,
    revision,
    project: 'knn-iris',
    size_bytes: 18_432,
    entry_count: 4,
    active: true,
    created_at,
  },
  Recipe: recipe,
  RecipeDiscovery: {
    recipes: [{ name: recipe.name, version: recipe.version }],
    faults: [{ folder: 'half-done', detail: 'half-done/recipe.json: the file must have required property version' }],
  },
  ProjectStatus: {
    project: 'knn-iris',
    active_revision: revision,
    can_accept_new_jobs: true,
    ready_for_jobs: true,
    detail: null,
    init: { state: 'ready', error: null },
  },
  Artifact: {
    id: artifact_id,
    filename: 'model.bin',
    size_bytes: 4,
    sha256,
    url: null,
    job_id,
    task_id: `${job_id}.0`,
    created_at: finished_at,
  },
  ...uploadExamples,
  ...accountExamples,
  CreateProjectDto: { name: 'knn-iris' },
};

/** Bodies that show more than one way to ask, by operation. */
export const requestExamples: Readonly<Record<string, Readonly<Record<string, Example>>>> = {
  submitRecipeJob: recipeJobExamples,
  submitJob: {
    one: {
      summary: 'One run',
      value: { project: 'knn-iris', runner_command: ['python3', 'run.py'], payload: { ks: [3] } },
    },
    by: { summary: 'One task per element of a field of the payload', value: submission },
    items: {
      summary: 'One task per item, two items a task',
      value: { project: 'knn-iris', fan_out: { items: [{ ks: [1] }, { ks: [3] }, { ks: [5] }] }, batch_size: 2 },
    },
    chunks: {
      summary: 'A range cut into chunks, with limits',
      value: {
        project: 'knn-iris',
        payload: { seed: 7 },
        fan_out: { chunks: 20, range_field: 'total_seeds', total: 10_000 },
        requirements: { cpu: 0.5, memory_gb: 1 },
        timeout_s: 600,
        retry: { max_attempts: 3, backoff_s: 5, retry_on: ['exit:137', 'timeout'] },
        max_parallel: 4,
        max_failures: 2,
        env: { OMP_NUM_THREADS: '1' },
        meta: { sweep: 'seeds' },
        callback_url: 'https://example.com/hooks/computalot',
      },
    },
    ...jobTypeExamples,
  },
};

/** Answers that are not JSON documents, by operation and media type. */
export const answerExamples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  getOutput: { 'text/plain': 'k = 5: fold 3 of 10\n' },
  downloadArtifact: { 'application/octet-stream': 'The bytes.' },
  getKvEntry: { 'application/json': { lr: 0.01 } },
  getTaskResult: { 'application/json': { k: 1, accuracy: 0.96 } },
  streamJob: {
    'text/event-stream': [
      event('snapshot', '1769860800120-0', { job: summary, tasks: [liveTask], gap: false }),
      event('output', '1769860803000-0', output),
      event('end', '1769860807480-0', { job: { ...summary, status: 'completed', finished_at } }),
    ].join(''),
  },
  streamProject: {
    'text/event-stream': [
      event('snapshot', '9c41d07e.ml3qzp1k.AZvR0lfIcACf6LJRDKEH1g', {
        project,
        jobs: [summary],
        has_more: false,
        gap: false,
      }),
      event('snapshot', '9c41d07e.ml3qzp1k.AZvR0lfIcACf6LJRDKEH1gml3qzp1c-0', {
        job: summary,
        tasks: [liveTask],
        gap: false,
      }),
      event('output', '9c41d07e.ml3qzp1k.AZvR0lfIcACf6LJRDKEH1gml3qzr8q-0', output),
    ].join(''),
  },
  watchJobs: {
    'text/event-stream': [
      event('snapshot', '5f0c2a11.ml3qzp1k-0.', { job: summary, tasks: [liveTask], gap: false }),
      event('end', '5f0c2a11.e.', { job: { ...summary, status: 'completed', finished_at } }),
    ].join(''),
  },
};
