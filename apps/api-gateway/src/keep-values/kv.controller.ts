import { MAX_KV_VALUE_BYTES, type KvEntryObject } from '@computalot/contracts';
import {
  DATABASE,
  deleteKvEntry,
  findProject,
  listKvEntries,
  putKvEntry,
  readKvEntries,
  type Database,
  type KvEntryRow,
  type KvPlace,
} from '@computalot/database';
import { isKvKey, KV_KEY_RULE } from '@computalot/jobs';
import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Put,
  Query as QueryParams,
  Req,
  Res,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiBodyOf, ApiFilters, ApiForms, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { requireAnyJson, TakesAnyJson } from '../parse-json/any-json.js';
import { pageOf, pathName, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { ApiIfMatch, ApiIfNoneMatch } from './kv-headers.js';
import { etagOf, kvGuardOf } from './kv-guard.js';

const isKvCursor = (value: unknown): value is string => typeof value === 'string' && isKvKey(value);

/** Values that the jobs of a project share. */
@ApiTags('projects')
@ApiBearerAuth()
@Controller('api/v1/projects/:name/kv')
export class KvController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @ApiOperation({
    operationId: 'listKvEntries',
    summary: 'List keys of a project',
    description: 'In the order of their bytes, without their values.',
  })
  @ApiFilters({ prefix: 'Only keys that begin so.' })
  @ApiPaging()
  @ApiList('keys', 'KvEntry')
  async list(
    @Req() request: FastifyRequest,
    @Param('name') name: string,
    @QueryParams() params: Record<string, unknown>,
  ): Promise<{ keys: KvEntryObject[]; next_cursor: string | null }> {
    const query = new Query(params);
    const limit = query.limit();
    const wanted = { prefix: query.one('prefix') ?? '', after: query.cursor(isKvCursor), limit: limit + 1 };
    query.done();
    const { account_id } = principalOf(request);
    const project = await findProject(this.database, account_id, pathName(name));
    if (!project) throw Refusal.notFound(`Project ${name}`);
    const rows = await listKvEntries(this.database, account_id, project.id, wanted);
    const { page, next_cursor } = pageOf(rows, limit, ({ key }) => key);
    return { keys: page.map(entryObject), next_cursor };
  }

  @Get(':key')
  @ApiOperation({
    operationId: 'getKvEntry',
    summary: 'A value of a project',
    description: 'The JSON as it was put. The ETag is its version, for If-Match.',
  })
  @ApiForms(200, 'The value.', { 'application/json': 'any' }, ['ETag'])
  async get(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('name') name: string,
    @Param('key') key: string,
  ): Promise<void> {
    const { account_id, project } = placeOf(request, name, key);
    const [entry] = await readKvEntries(this.database, account_id, project, [key]);
    if (!entry) throw notFound(name, key);
    await reply.header('etag', etagOf(entry.version)).type('application/json; charset=utf-8').send(entry.text);
  }

  @Put(':key')
  @TakesAnyJson('Any JSON of at most 64 KiB.', { lr: 0.01 })
  @ApiIfMatch()
  @ApiIfNoneMatch()
  @ApiOperation({
    operationId: 'putKvEntry',
    summary: 'Put a value of a project',
    description: `A key ${KV_KEY_RULE}; encode a "/" as %2F in the path. A project has at most 10,000 keys. With If-Match the value is replaced only at that version (compare-and-set), with \`If-None-Match: *\` it is put only where none is; else the answer is 412 and nothing has changed. No version is ever used twice.`,
  })
  @ApiBodyOf(200, 'KvEntry', 'The value was replaced.', ['ETag'])
  @ApiBodyOf(201, 'KvEntry', 'The key is new.', ['ETag'])
  @AnswersProblems('precondition_failed', 'kv_value_too_large', 'kv_full')
  async put(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('name') name: string,
    @Param('key') key: string,
  ): Promise<KvEntryObject> {
    const project = pathName(name);
    if (!isKvKey(key)) throw Refusal.invalid([{ pointer: '', detail: `the key in the path ${KV_KEY_RULE}` }]);
    const { text } = requireAnyJson(request);
    if (Buffer.byteLength(text) > MAX_KV_VALUE_BYTES)
      throw new Refusal('kv_value_too_large', `A value has at most ${MAX_KV_VALUE_BYTES} bytes.`);
    const place = { account_id: principalOf(request).account_id, project, key };
    const put = await putKvEntry(this.database, place, text, kvGuardOf(request));
    if (put.kind === 'no_project') throw Refusal.notFound(`Project ${name}`);
    if (put.kind === 'guard_failed') throw stale(key);
    if (put.kind === 'full') throw new Refusal('kv_full', `Project ${name} has as many keys as a project may have.`);
    reply.status(put.created ? 201 : 200).header('etag', etagOf(put.entry.version));
    return entryObject(put.entry);
  }

  @Delete(':key')
  @HttpCode(204)
  @Header('content-length', '0')
  @ApiIfMatch()
  @ApiOperation({
    operationId: 'deleteKvEntry',
    summary: 'Delete a value of a project',
    description: 'With If-Match only at that version.',
  })
  @ApiResponse({ status: 204, description: 'It is gone.' })
  @AnswersProblems('precondition_failed')
  async delete(@Req() request: FastifyRequest, @Param('name') name: string, @Param('key') key: string): Promise<void> {
    const place = placeOf(request, name, key);
    const guard = kvGuardOf(request);
    if (await deleteKvEntry(this.database, place, guard)) return;
    const [entry] = await readKvEntries(this.database, place.account_id, place.project, [key]);
    throw entry && guard.kind === 'at' ? stale(key) : notFound(name, key);
  }
}

/** A key that cannot exist is simply not found. */
function placeOf(request: FastifyRequest, name: string, key: string): KvPlace {
  const project = pathName(name);
  if (!isKvKey(key)) throw notFound(name, key.slice(0, 100));
  return { account_id: principalOf(request).account_id, project, key };
}

const entryObject = ({ key, version, size_bytes, updated_at }: KvEntryRow): KvEntryObject => ({
  key,
  version,
  size_bytes,
  updated_at: updated_at.toISOString(),
});

const notFound = (name: string, key: string) => Refusal.notFound(`Key ${JSON.stringify(key)} of project ${name}`);
const stale = (key: string) =>
  new Refusal('precondition_failed', `Key ${key} is not as If-Match or If-None-Match expects; nothing was changed.`);
