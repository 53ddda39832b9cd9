import { DATABASE, readEndedResults, type Database, type EndedResultRow } from '@computalot/database';
import type { TaskOutcome } from '@computalot/jobs';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { readText } from './read-text.js';

/** A larger result is not aggregated: as values in memory it may take thirty times its size. */
export const MAX_AGGREGATED_RESULT_BYTES = 16 * 1024 * 1024;
/** Stored results fetched at once: bytes, and how many. */
const FETCHED_BYTES = MAX_AGGREGATED_RESULT_BYTES;
const FETCHED_RESULTS = 16;

/** How tasks ended, with their results from wherever they lie. */
@Injectable()
export class ReadOutcomes {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /** In portions of bounded size; the order means nothing. Rejects when a store is away, so that nothing counts as lost that is not. */
  async *of(jobId: string, indices: readonly number[]): AsyncGenerator<readonly TaskOutcome[]> {
    const rows = await readEndedResults(this.database, jobId, indices);
    yield rows.flatMap((row) => (isElsewhere(row) ? [] : outcomeOf(row)));
    for (const portion of portionsOf(rows.filter(isElsewhere))) {
      yield await Promise.all(portion.map((row) => this.fetch(jobId, row)));
    }
  }

  private async fetch(jobId: string, { index, attempt }: EndedResultRow): Promise<TaskOutcome> {
    const body = await this.objects.get(objectKeys.result(jobId, index, attempt));
    if (!body) return unreadable(index, 'its result is missing from the object store');
    const text = await readText(body, MAX_AGGREGATED_RESULT_BYTES);
    return text === null ? tooLarge(index) : completed(index, text);
  }
}

function isElsewhere({ state, stored_bytes }: EndedResultRow): boolean {
  return state === 'completed' && stored_bytes !== null && stored_bytes <= MAX_AGGREGATED_RESULT_BYTES;
}

function outcomeOf({ index, state, error, stored_bytes, result }: EndedResultRow): TaskOutcome[] {
  if (state === 'failed') return [{ index, status: 'failed', reason: error ?? 'the task failed' }];
  if (state !== 'completed') return [];
  return [stored_bytes === null ? completed(index, result ?? 'null') : tooLarge(index)];
}

function completed(index: number, text: string): TaskOutcome {
  try {
    return { index, status: 'completed', result: JSON.parse(text) };
  } catch (error) {
    return unreadable(index, `its result is not JSON: ${(error as Error).message}`);
  }
}

function tooLarge(index: number): TaskOutcome {
  return unreadable(index, `its result is larger than ${MAX_AGGREGATED_RESULT_BYTES / 1024 ** 2} MiB`);
}

function unreadable(index: number, reason: string): TaskOutcome {
  return { index, status: 'unreadable', reason };
}

function portionsOf(rows: readonly EndedResultRow[]): EndedResultRow[][] {
  const portions: EndedResultRow[][] = [];
  let room = 0;
  for (const row of rows) {
    const size = row.stored_bytes ?? 0;
    const portion = portions.at(-1);
    const fits = portion !== undefined && portion.length < FETCHED_RESULTS && size <= room;
    if (fits) portion.push(row);
    else portions.push([row]);
    room = (fits ? room : FETCHED_BYTES) - size;
  }
  return portions;
}
