import type { ProfileObject, Resources } from '@computalot/contracts';
import {
  audited,
  DATABASE,
  deleteProfile,
  listProfiles,
  PRISMA,
  putProfile,
  type Database,
  type PrismaClient,
  type Queryable,
} from '@computalot/database';
import { builtinProfiles } from '@computalot/jobs';
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
} from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { actorOf } from '../authenticate/actor-of.js';
import { ApiBodyOf, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { pageOf, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { faultsOf } from '../submit-job/faults.js';
import { isPlainObject } from '../submit-job/map-of.validator.js';
import { RequirementsDto } from '../submit-job/requirements.dto.js';
import { KnownProfiles } from './known-profiles.service.js';
import { PROFILE_NAME, PutProfileDto } from './put-profile.dto.js';

const isProfileCursor = (value: unknown): value is string => typeof value === 'string' && PROFILE_NAME.test(value);

/** Named sets of requirements for the jobs of all accounts. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('api/v1/admin/profiles')
export class ProfilesController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PRISMA) private readonly prisma: PrismaClient,
    private readonly profiles: KnownProfiles,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listProfiles',
    summary: 'List profiles by name',
    description: 'Those that always exist are among them, as the operator has set them or as they are without.',
  })
  @ApiPaging()
  @ApiList('profiles', 'Profile')
  async list(@QueryParams() params: Record<string, unknown>) {
    const query = new Query(params);
    const limit = query.limit();
    const after = query.cursor(isProfileCursor);
    query.done();
    const all = (await this.all()).filter(({ name }) => after === null || name > after);
    const { page, next_cursor } = pageOf(all.slice(0, limit + 1), limit, ({ name }) => name);
    return { profiles: page, next_cursor };
  }

  @Put()
  @ApiOperation({
    operationId: 'putProfile',
    summary: 'Define or replace a profile',
    description:
      'Jobs submitted from now on get its requirements where their own say nothing; jobs that are there keep theirs. Other gateways know of it within seconds.',
  })
  @ApiBody({ type: PutProfileDto })
  @ApiBodyOf(200, 'Profile', 'The profile.')
  async put(@Req() request: FastifyRequest): Promise<ProfileObject> {
    const { value } = requireJson(request);
    const inner = isPlainObject(value.requirements) ? value.requirements : {};
    const faults = [...faultsOf(PutProfileDto, value), ...faultsOf(RequirementsDto, inner, ['requirements'])];
    if (faults.length > 0) throw Refusal.invalid(faults);
    const requirements = Object.fromEntries(Object.entries(inner).filter(([, field]) => field !== null));
    const name = value.name as string;
    const change = { action: 'profile.put', account_id: null, target: name, details: requirements } as const;
    const put = (tx: Queryable) => putProfile(tx, name, requirements);
    const row = await audited(this.database, actorOf(request), change, put);
    this.profiles.forget();
    return { name: row.name, requirements: row.requirements, updated_at: row.updated_at.toISOString() };
  }

  @Delete(':name')
  @HttpCode(204)
  @Header('content-length', '0')
  @ApiOperation({
    operationId: 'deleteProfile',
    summary: 'Delete a profile',
    description:
      'Submissions that name it are refused from now on; `cpu` and `gpu` become what they are by themselves.',
  })
  @ApiResponse({ status: 204, description: 'It is gone.' })
  async delete(@Req() request: FastifyRequest, @Param('name') name: string): Promise<void> {
    const change = { action: 'profile.deleted', account_id: null, target: name } as const;
    const remove = (tx: Queryable) => deleteProfile(tx, name);
    if (!PROFILE_NAME.test(name) || !(await audited(this.database, actorOf(request), change, remove)))
      throw Refusal.notFound(`Profile ${name}`);
    this.profiles.forget();
  }

  private async all(): Promise<ProfileObject[]> {
    const builtin: [string, Resources][] = Object.entries(builtinProfiles);
    const byName = new Map<string, ProfileObject>(
      builtin.map(([name, requirements]) => [name, { name, requirements, updated_at: null }]),
    );
    for (const { name, requirements, updated_at } of await listProfiles(this.prisma))
      byName.set(name, { name, requirements, updated_at: updated_at.toISOString() });
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
