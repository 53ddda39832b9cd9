import type { OutgoingEvent } from '../events.js';

const account_id = 'acc_01k66jwz0sfmhvr1a2b3c4d5e0';
const job_id = 'job_01k66jwz0sfmhvr1a2b3c4d5e6';
const worker = { worker_id: 'wrk_01k66jwz0sfmhvr1a2b3c4d5e1', name: 'worker-1' };
const job = (status: string) => ({
  job_id,
  account_id,
  type: 'structured_runner',
  status,
  tags: ['nightly'],
  client_ref: 'run-7',
});

/** One event of each type, as a consumer might see it. */
const examples: readonly (readonly [type: string, subject: string, data: object])[] = [
  ['job.submitted.v1', job_id, job('planning')],
  ['job.planned.v1', job_id, { ...job('queued'), task_total: 20 }],
  ['job.started.v1', job_id, job('running')],
  [
    'job.finished.v1',
    job_id,
    {
      ...job('partial'),
      task_counts: { queued: 0, leased: 0, running: 0, retrying: 0, completed: 19, failed: 1, cancelled: 0 },
      run: 1,
      finished_at: '2026-11-25T03:04:05.678Z',
    },
  ],
  [
    'task.finished.v1',
    job_id,
    { job_id, account_id, task_id: `${job_id}.7`, index: 7, attempt: 2, status: 'failed', exit_code: 1 },
  ],
  [
    'artifact.created.v1',
    job_id,
    {
      artifact_id: 'art_01k66jwz0sfmhvr1a2b3c4d5e2',
      account_id,
      job_id,
      filename: 'model.json',
      size_bytes: 48_211,
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    },
  ],
  [
    'project.revision_published.v1',
    'prj_01k66jwz0sfmhvr1a2b3c4d5e3',
    {
      project: 'pricing',
      account_id,
      revision: '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
      size_bytes: 10_240,
    },
  ],
  ['worker.joined.v1', worker.worker_id, worker],
  ['worker.lost.v1', worker.worker_id, { ...worker, tasks_requeued: 4 }],
];

/** By type. */
export const eventExamples: ReadonlyMap<string, OutgoingEvent> = new Map(
  examples.map(([type, subject, data]) => [
    type,
    { type, subject, data, id: '01890a5d-ac96-774b-bcce-b302099a8057', time: '2026-11-25T03:04:05.678Z' },
  ]),
);
