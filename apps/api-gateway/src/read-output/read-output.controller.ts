import { Readable } from 'node:stream';
import type { OutputObject } from '@computalot/contracts';
import type { JobRow } from '@computalot/database';
import { encodeId, parseTaskId } from '@computalot/kernel';
import { Controller, Get, Param, Query as QueryParams, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiForms, ApiFilters, ApiPaging, ApiPart } from '../describe-api/api-bodies.js';
import { carried } from '../follow-tasks/text-of-bytes.js';
import { encodeCursor, isIndexCursor, pathId, Query } from '../parse-query/query.js';
import { bytesOf, sendBytes } from '../serve-bytes/send-bytes.js';
import { outputText } from './output-text.js';
import { ReadOutput, type OutputChoice, type StreamOutput } from './read-output.service.js';

const MAX_INDEX = 2_147_483_647;
const MAX_ATTEMPT = 32_767;
const TEXT_PAGE = 200;
const TEXT = 'text/plain; charset=utf-8';

interface OutputRequest extends OutputChoice {
  readonly task: number | undefined;
  readonly json: boolean;
  readonly after: number;
  readonly limit: number;
}

@ApiTags('jobs')
@ApiBearerAuth()
@Controller('api/v1/jobs')
export class ReadOutputController {
  constructor(private readonly output: ReadOutput) {}

  @Get(':id/output')
  @ApiOperation({
    operationId: 'getOutput',
    summary: 'What the tasks of a job wrote',
    description:
      'text/plain with all that is kept (several tasks each under a title line; one stream of one task supports range requests), or JSON with the last 10 KB of each archived stream, and all that is live of one that is being written. ' +
      'Offsets count the bytes of the stream, live and archived alike; `cut` says which of them are not kept. ' +
      'During a retry the last failed attempt is shown until the new one has written something.',
  })
  @ApiFilters({
    task: 'Index or id of one task.',
    stream: 'stdout or stderr.',
    attempt: 'Default: the current one.',
    format: 'text or json; default by the Accept header.',
  })
  @ApiPaging()
  @ApiProduces('text/plain', 'application/json')
  @ApiForms(200, 'The output.', { 'text/plain': 'bytes', 'application/json': 'Outputs' }, ['Accept-Ranges'])
  @ApiPart('text/plain')
  async get(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('id') id: string,
    @QueryParams() params: Record<string, unknown>,
  ): Promise<void> {
    const { account_id } = principalOf(request);
    const wanted = readRequest(params, id, request.headers.accept);
    const job = await this.output.job(account_id, pathId('job', id, 'Job'));
    if (wanted.json) return void (await reply.send(await this.json(account_id, job, wanted)));
    reply.type(TEXT);
    if (wanted.task === undefined) {
      return void (await reply.send(Readable.from(this.text(account_id, job, wanted), { objectMode: false })));
    }
    const outputs = await this.output.ofTask(account_id, job, wanted.task, wanted);
    const [only] = outputs;
    if (outputs.length <= 1) return sendBytes(request, reply, only?.source ?? bytesOf(Buffer.alloc(0)));
    await reply.send(Readable.from(outputText(outputs, false), { objectMode: false }));
  }

  private async *text(accountId: string, job: JobRow, choice: OutputRequest): AsyncGenerator<Buffer> {
    for (let after: number | null = -1; after !== null;) {
      const page: { outputs: StreamOutput[]; next: number | null } = await this.output.page(
        accountId,
        job,
        after,
        TEXT_PAGE,
        choice,
      );
      yield* outputText(page.outputs, job.task_total > 1);
      after = page.next;
    }
  }

  private async json(accountId: string, job: JobRow, wanted: OutputRequest): Promise<object> {
    const jobId = encodeId('job', job.id);
    const { outputs, next } =
      wanted.task === undefined
        ? await this.output.page(accountId, job, wanted.after, wanted.limit, wanted)
        : { outputs: await this.output.ofTask(accountId, job, wanted.task, wanted), next: null };
    return {
      job_id: jobId,
      outputs: outputs.map((output) => outputObject(jobId, output)),
      next_cursor: next === null ? null : encodeCursor(next),
    };
  }
}

function outputObject(jobId: string, output: StreamOutput): OutputObject {
  const { index, attempt, stream, size_bytes, tail, archived, cut } = output;
  return {
    task_id: `${jobId}.${index}`,
    index,
    attempt,
    stream,
    size_bytes,
    /** Byte offset of the first byte of `text` in the stream. */
    offset: size_bytes - tail.length,
    ...carried(tail),
    archived,
    cut,
  };
}

function readRequest(params: Record<string, unknown>, jobId: string, accept: string | undefined): OutputRequest {
  const query = new Query(params);
  const task = readTask(query, jobId);
  const stream = query.oneOf('stream', ['stdout', 'stderr']);
  const attempt = query.integer('attempt', 1, MAX_ATTEMPT);
  const format = query.oneOf('format', ['text', 'json']) ?? (accept?.includes('application/json') ? 'json' : 'text');
  const after = query.cursor(isIndexCursor) ?? -1;
  const limit = query.limit();
  query.done();
  return { task, stream, attempt, json: format === 'json', after, limit };
}

function readTask(query: Query, jobId: string): number | undefined {
  const text = query.one('task');
  if (text === undefined) return undefined;
  const parsed = parseTaskId(text);
  if (parsed && parsed.jobPublicId === jobId) return parsed.index;
  if (/^\d{1,10}$/.test(text) && Number(text) <= MAX_INDEX) return Number(text);
  query.fault('task', 'must be the index or the id of a task of this job');
  return undefined;
}
