import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { MAX_SHOWN_RESULT_BYTES } from '@computalot/contracts';
import {
  aggregateOf,
  DATABASE,
  listResults,
  readJob,
  readTaskArtifacts,
  ResultLines,
  resultsHeadOf,
  type Database,
  type JobRow,
  type ResultRow,
} from '@computalot/database';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { onOneLine } from '../parse-json/json-text.js';
import { encodeCursor } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';

export interface ResultPage {
  /** Index after which the page begins, -1 for the first. */
  readonly after: number;
  readonly limit: number;
  readonly states?: readonly string[] | undefined;
}

/** Rows of one keyset page of a stream. */
const STREAM_PAGE = 500;
/** Bytes of stored results that one page shows; what is over is answered with a link. */
const PAGE_BUDGET = 16 * 1024 * 1024;

@Injectable()
export class ReadResults {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  async job(accountId: string, jobId: string, publicId: string): Promise<JobRow> {
    const job = await readJob(this.database, accountId, jobId);
    if (!job) throw Refusal.notFound(`Job ${publicId}`);
    return job;
  }

  /** The results document as JSON text. */
  async document(accountId: string, job: JobRow, page: ResultPage): Promise<string> {
    const rows = await listResults(this.database, accountId, job.id, { ...page, limit: page.limit + 1 });
    const shown = rows.slice(0, page.limit);
    const lines = await this.linesOf(accountId, job, shown, PAGE_BUDGET);
    const last = shown.at(-1);
    const next = rows.length > page.limit && last ? JSON.stringify(encodeCursor(last.index)) : 'null';
    const aggregate = await aggregateOf(this.database, accountId, job);
    return `{${resultsHeadOf(job, aggregate)},"tasks":[${lines.join(',')}],"next_cursor":${next}}`;
  }

  /** All results as JSON Lines, some hundred at a time; the reader's pace is the database's. */
  async *stream(accountId: string, job: JobRow, { after, states }: Omit<ResultPage, 'limit'>): AsyncGenerator<string> {
    for (let from = after; ;) {
      const rows = await listResults(this.database, accountId, job.id, { after: from, limit: STREAM_PAGE, states });
      const last = rows.at(-1);
      if (!last) return;
      // Inline results go out together, stored ones (up to 1 MiB each) one by one.
      for (const part of partsOf(rows))
        yield (await this.linesOf(accountId, job, part, Infinity)).map((line) => `${onOneLine(line)}\n`).join('');
      if (rows.length < STREAM_PAGE) return;
      from = last.index;
    }
  }

  /** One task's whole result as it was written, with its size where that is known. */
  async whole(accountId: string, job: JobRow, index: number): Promise<{ body: Readable | string; size?: number }> {
    const [row] = await listResults(this.database, accountId, job.id, { after: index - 1, limit: 1 });
    if (row?.index !== index || row.state !== 'completed') throw Refusal.notFound(`A result of task ${index}`);
    if (row.outcome?.result_stored_bytes === undefined) return { body: row.result ?? 'null' };
    const body = await this.objects.get(objectKeys.result(job.id, index, row.attempt));
    if (!body) throw Refusal.notFound(`The stored result of task ${index}`);
    return { body, size: row.outcome.result_stored_bytes };
  }

  private async linesOf(accountId: string, job: JobRow, rows: readonly ResultRow[], budget: number): Promise<string[]> {
    const [first, last] = [rows[0], rows.at(-1)];
    if (!first || !last) return [];
    const artifacts = await readTaskArtifacts(this.database, accountId, job.id, first.index, last.index);
    let left = budget;
    const lines = new ResultLines(job, artifacts, async (row, bytes) => {
      if (bytes > MAX_SHOWN_RESULT_BYTES || bytes > left) return null;
      left -= bytes;
      const stored = await this.objects.get(objectKeys.result(job.id, row.index, row.attempt));
      return stored && text(stored);
    });
    const texts: string[] = [];
    for (const row of rows) texts.push(await lines.lineOf(row));
    return texts;
  }
}

function partsOf(rows: readonly ResultRow[]): ResultRow[][] {
  const parts: ResultRow[][] = [[]];
  for (const row of rows) {
    if (row.outcome?.result_stored_bytes !== undefined) parts.push([row], []);
    else parts.at(-1)?.push(row);
  }
  return parts.filter((part) => part.length > 0);
}
