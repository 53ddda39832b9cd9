import {
  audited,
  createProject,
  DATABASE,
  deleteProjectIfIdle,
  findProject,
  listProjects,
  listRevisions,
  readRuntimeState,
  type Database,
  type ProjectRow,
} from '@computalot/database';
import type { ProjectObject, ProjectStatus, RevisionObject } from '@computalot/contracts';
import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Post,
  Query as QueryParams,
  Req,
  Res,
} from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { actorOf } from '../authenticate/actor-of.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiBodyOf, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { pageOf, pathName, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { faultsOf } from '../submit-job/faults.js';
import { PROJECT_NAME, PROJECT_NAME_RULE } from '../submit-job/submit-job.dto.js';
import { projectObject, projectStatus, revisionObject } from './project-view.js';

export class CreateProjectDto {
  @ApiProperty({ pattern: PROJECT_NAME.source })
  @IsString()
  @Matches(PROJECT_NAME, { message: `name ${PROJECT_NAME_RULE}` })
  name!: string;
}

type RevisionCursor = { created_at: string; hash: string };
const isRevisionCursor = (value: unknown): value is RevisionCursor => {
  const { created_at, hash } = (value ?? {}) as Partial<RevisionCursor>;
  return typeof hash === 'string' && typeof created_at === 'string' && !Number.isNaN(Date.parse(created_at));
};
const isNameCursor = (value: unknown): value is string => typeof value === 'string' && PROJECT_NAME.test(value);

@ApiTags('projects')
@ApiBearerAuth()
@Controller('api/v1/projects')
export class ProjectsController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly answers: AnswerOnce,
  ) {}

  @Post()
  @Idempotent()
  @ApiOperation({
    operationId: 'createProject',
    summary: 'Create a project',
    description: 'Names are unique within the account. Push code to it before jobs can run.',
  })
  @ApiBody({ type: CreateProjectDto })
  @ApiBodyOf(201, 'Project', 'The project.', ['Location'])
  @AnswersProblems('project_exists')
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProjectObject> {
    const { value } = requireJson(request);
    const faults = faultsOf(CreateProjectDto, value);
    if (faults.length > 0) throw Refusal.invalid(faults);
    const name = value.name as string;
    const { account_id } = principalOf(request);
    const project = await createProject(this.database, account_id, name, this.answers.creationOf(request).id());
    if (!project) throw new Refusal('project_exists', `There is a project ${name} already.`);
    reply.header('location', `/api/v1/projects/${name}`);
    return projectObject(project);
  }

  @Get()
  @ApiOperation({
    operationId: 'listProjects',
    summary: 'List projects by name',
    description: 'All projects of the account.',
  })
  @ApiPaging()
  @ApiList('projects', 'Project')
  async list(@Req() request: FastifyRequest, @QueryParams() params: Record<string, unknown>) {
    const query = new Query(params);
    const limit = query.limit();
    const after = query.cursor(isNameCursor);
    query.done();
    const rows = await listProjects(this.database, principalOf(request).account_id, after, limit + 1);
    const { page, next_cursor } = pageOf(rows, limit, (project) => project.name);
    return { projects: page.map(projectObject), next_cursor };
  }

  @Get(':name')
  @ApiOperation({
    operationId: 'getProject',
    summary: 'One project',
    description: '`active_revision` is what jobs submitted now will run.',
  })
  @ApiBodyOf(200, 'Project', 'The project.')
  async get(@Req() request: FastifyRequest, @Param('name') name: string): Promise<ProjectObject> {
    return projectObject(await this.find(request, name));
  }

  @Get(':name/status')
  @ApiOperation({
    operationId: 'getProjectStatus',
    summary: 'Whether jobs of the project can run',
    description:
      '`can_accept_new_jobs` from the first push on; `ready_for_jobs` when nothing must be prepared before, or the latest job found it prepared; `detail` says what is missing.',
  })
  @ApiBodyOf(200, 'ProjectStatus', 'The status.')
  async status(@Req() request: FastifyRequest, @Param('name') name: string): Promise<ProjectStatus> {
    const project = await this.find(request, name);
    const { account_id } = principalOf(request);
    const revision = project.active_revision;
    const runtime = revision === null ? null : await readRuntimeState(this.database, account_id, project.id, revision);
    return projectStatus(project, runtime);
  }

  @Get(':name/revisions')
  @ApiOperation({
    operationId: 'listRevisions',
    summary: 'Revisions of a project, newest first',
    description: 'A revision is named by the SHA-256 of the archive that was pushed.',
  })
  @ApiPaging()
  @ApiList('revisions', 'Revision')
  async revisions(
    @Req() request: FastifyRequest,
    @Param('name') name: string,
    @QueryParams() params: Record<string, unknown>,
  ): Promise<{ revisions: RevisionObject[]; next_cursor: string | null }> {
    const query = new Query(params);
    const limit = query.limit();
    const before = query.cursor(isRevisionCursor);
    query.done();
    const project = await this.find(request, name);
    const rows = await listRevisions(this.database, principalOf(request).account_id, project.id, before, limit + 1);
    const { page, next_cursor } = pageOf(rows, limit, ({ created_at, hash }) => ({ created_at, hash }));
    return { revisions: page.map((row) => revisionObject(project.name, row, project.active_revision)), next_cursor };
  }

  @Delete(':name')
  @HttpCode(204)
  @Header('content-length', '0')
  @ApiOperation({
    operationId: 'deleteProject',
    summary: 'Delete a project without open jobs',
    description: 'Its ended jobs and their results stay.',
  })
  @ApiResponse({ status: 204, description: 'It is gone.' })
  @AnswersProblems('project_in_use')
  async delete(@Req() request: FastifyRequest, @Param('name') name: string): Promise<void> {
    const { account_id } = principalOf(request);
    const outcome = await audited(
      this.database,
      actorOf(request),
      { action: 'project.deleted', account_id, target: pathName(name) },
      (tx) => deleteProjectIfIdle(tx, account_id, name),
      (result) => result === 'deleted',
    );
    if (outcome === 'not_found') throw Refusal.notFound(`Project ${name}`);
    if (outcome === 'in_use') throw new Refusal('project_in_use', `Project ${name} has jobs that have not ended.`);
  }

  private async find(request: FastifyRequest, name: string): Promise<ProjectRow> {
    const project = await findProject(this.database, principalOf(request).account_id, pathName(name));
    if (!project) throw Refusal.notFound(`Project ${name}`);
    return project;
  }
}
