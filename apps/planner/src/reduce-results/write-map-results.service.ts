import { DATABASE, readCompletedResults, readNthCompleted, type Database, type TaskRange } from '@computalot/database';
import { inputTasksOf, reduceTaskAt, type ReduceStage } from '@computalot/jobs';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import { forEachAtMost } from '../close-jobs/for-each-at-most.js';
import { openStoredResult } from './open-stored-result.js';

const FILES_AT_ONCE = 4;
/** Of results in memory per file: rows, and bytes as they lie on disk. */
const PAGE = { rows: 1_000, bytes: 2 * 1024 * 1024 };
const [LF, CR, SPACE] = [10, 13, 32];

/** Whose results are reduced, and in which run that was planned. */
export interface Reduction {
  readonly jobId: string;
  readonly run: number;
  readonly map_total: number;
  readonly stages: readonly ReduceStage[];
}

interface InputFile {
  readonly key: string;
  readonly range: TaskRange;
}

/** Writes what the reduce tasks of a stage read, a file each: JSON Lines of the results before it. Writing a file twice writes the same. */
@Injectable()
export class WriteMapResults {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /** The results do not change meanwhile: the tasks before the stage have ended. @throws ResultMissing */
  async write(reduction: Reduction, stage: ReduceStage, stop: AbortSignal): Promise<void> {
    const errors: unknown[] = [];
    await forEachAtMost(FILES_AT_ONCE, await this.filesOf(reduction, stage), async ({ key, range }) => {
      if (errors.length > 0) return;
      try {
        await this.objects.put(key, Readable.from(this.lines(reduction.jobId, range, stop)));
      } catch (error) {
        errors.push(causeOf(error));
      }
    });
    if (errors.length > 0) throw errors[0];
  }

  /** A file ends where the next begins; what failed in between is in none. */
  private async filesOf({ jobId, run, ...tree }: Reduction, stage: ReduceStage): Promise<InputFile[]> {
    const inputs = inputTasksOf({ map_total: tree.map_total, stages: [...tree.stages] }, stage);
    const starts = Array.from(
      { length: stage.tasks },
      (_, task) => reduceTaskAt(tree.stages, stage.before + task).start,
    );
    const firsts = await readNthCompleted(this.database, jobId, inputs, starts);
    if (firsts.length !== starts.length) throw new Error(`job ${jobId} lacks results for stage ${stage.stage}`);
    return firsts.map((from, task) => ({
      key: objectKeys.mapResults(jobId, run, tree.map_total + stage.before + task),
      range: { from, until: firsts[task + 1] ?? inputs.until },
    }));
  }

  private async *lines(jobId: string, { from, until }: TaskRange, stop: AbortSignal): AsyncGenerator<Buffer> {
    for (let next = from; next < until;) {
      stop.throwIfAborted();
      const rows = await readCompletedResults(this.database, jobId, { from: next, until }, PAGE);
      const last = rows.at(-1);
      if (!last) return;
      let text = '';
      for (const row of rows) {
        text += `{"index":${row.index},"result":`;
        if (row.stored_bytes === null) {
          text += `${onOneLine(row.result ?? 'null')}}\n`;
          continue;
        }
        yield Buffer.from(text);
        for await (const chunk of await openStoredResult(this.objects, jobId, row))
          yield withoutBreaks(chunk as Buffer);
        text = '}\n';
      }
      if (text !== '') yield Buffer.from(text);
      next = last.index + 1;
    }
  }
}

/** Breaks between the tokens of a JSON text mean nothing, and its strings have none. */
const onOneLine = (text: string) => text.replace(/[\r\n]/g, ' ');

function withoutBreaks(chunk: Buffer): Buffer {
  const line = Buffer.from(chunk);
  for (const [at, byte] of line.entries()) if (byte === LF || byte === CR) line[at] = SPACE;
  return line;
}

/** The store wraps what broke the source of an upload. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}
