import { text } from 'node:stream/consumers';
import { MAX_SHOWN_RESULT_BYTES } from '@computalot/contracts';
import {
  aggregateOf,
  isTerminal,
  listResults,
  readJob,
  readTaskArtifacts,
  ResultLines,
  resultsHeadOf,
  type Database,
  type JobRow,
} from '@computalot/database';
import { stepsOf, valueAt } from '@computalot/jobs';
import { decodeId } from '@computalot/kernel';
import { objectKeys, type ObjectStore } from '@computalot/object-store';
import type { Found } from './resolve-names.service.js';

interface Place {
  readonly account_id: string;
  /** Public. */
  readonly job_id: string;
  /** JSON Pointer into the results document. */
  readonly path: string;
}

/** What GET /results/:job_id shows at that place; of its tasks only the one that the path names is read. */
export async function readResultAt(db: Database, objects: ObjectStore, place: Place): Promise<Found> {
  const { account_id, job_id, path } = place;
  const job = await readJob(db, account_id, decodeId('job', job_id) ?? '');
  if (!job) return { fault: `job ${job_id} is gone` };
  if (!isTerminal(job.status)) return { fault: `job ${job_id} has been opened again and has not ended` };
  const [first, index = ''] = stepsOf(path);
  const value =
    first === 'tasks'
      ? await taskValue(db, objects, account_id, job, Number(/^(0|[1-9]\d{0,8})$/.test(index) ? index : NaN), path)
      : valueAt(JSON.parse(`{${resultsHeadOf(job, await aggregateOf(db, account_id, job))}}`), path);
  return value === undefined ? { fault: `the results of job ${job_id} have nothing at ${path}` } : { value };
}

async function taskValue(
  db: Database,
  objects: ObjectStore,
  accountId: string,
  job: JobRow,
  index: number,
  path: string,
): Promise<unknown> {
  if (Number.isNaN(index)) return undefined;
  const [row] = await listResults(db, accountId, job.id, { after: index - 1, limit: 1 });
  if (row?.index !== index) return undefined;
  const artifacts = await readTaskArtifacts(db, accountId, job.id, index, index);
  const lines = new ResultLines(job, artifacts, async ({ attempt }, bytes) => {
    if (bytes > MAX_SHOWN_RESULT_BYTES) return null;
    const stored = await objects.get(objectKeys.result(job.id, index, attempt));
    return stored && text(stored);
  });
  return valueAt({ tasks: { [index]: JSON.parse(await lines.lineOf(row)) as unknown } }, path);
}
