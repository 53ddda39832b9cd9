import { encodeId } from '@computalot/kernel';
import type { JsonBody } from '../parse-json/json-body.js';
import { membersOf, objectText } from '../parse-json/json-text.js';
import { answerOf, problemBody } from '../problems/problem-of.js';
import { Refusal } from '../problems/refusal.js';
import type { BatchEntry } from './read-batch.js';
import type { EntryOutcome } from './submit-batch.service.js';

/** Members of a submission that its entry in the answer repeats, as they were sent. */
const REPEATED = ['payload', 'meta', 'variant', 'client_ref'];

/** The body of the answer as JSON text. */
export function batchText(
  entries: readonly BatchEntry[],
  outcomes: readonly EntryOutcome[],
  request: { readonly url: string; readonly id: string },
): string {
  const texts = outcomes.map((outcome, index) => {
    const entry = entries[index];
    return outcome instanceof Refusal || !entry || entry instanceof Refusal
      ? JSON.stringify({ index, problem: problemBody(answerOf(outcome), request) })
      : acceptedText(index, entry, outcome);
  });
  return `{"jobs":[${texts.join(',')}]}`;
}

function acceptedText(index: number, { text }: JsonBody, { id, status }: Exclude<EntryOutcome, Refusal>): string {
  const sent = membersOf(text);
  const jobId = JSON.stringify(encodeId('job', id));
  return objectText([
    ['index', String(index)],
    ['id', jobId],
    ['job_id', jobId],
    ['status', JSON.stringify(status)],
    ...REPEATED.map((field) => [field, sent.get(field) ?? 'null'] as const),
  ]);
}
