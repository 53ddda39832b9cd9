import type { SecretObject } from '@computalot/contracts';
import {
  audited,
  DATABASE,
  deleteSecret,
  listSecrets,
  PRISMA,
  putSecret,
  SECRET_KEYS,
  type AuditChange,
  type Database,
  type PrismaClient,
  type Queryable,
  type SecretFacts,
  type SecretKeys,
} from '@computalot/database';
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
import { ApiBearerAuth, ApiBody, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsString, Matches, MaxLength, MinLength } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { actorOf } from '../authenticate/actor-of.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiBodyOf, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { pageOf, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { faultsOf } from '../submit-job/faults.js';

/** As a variable of the runner; the platform's own are not to be had. */
export const SECRET_NAME = /^(?!COMPUTALOT_)[A-Za-z_][A-Za-z0-9_]{0,199}$/;
const MAX_VALUE = 32_768;

export class PutSecretDto {
  @ApiProperty({ pattern: SECRET_NAME.source, description: 'Also the name of the variable.' })
  @IsString()
  @Matches(SECRET_NAME, {
    message: 'name must be 1 to 200 letters, digits and "_", not beginning with a digit or COMPUTALOT_',
  })
  name!: string;

  @ApiProperty({ minLength: 1, maxLength: MAX_VALUE, description: 'Text without NUL. It is never shown again.' })
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_VALUE)
  // An environment variable cannot hold a NUL.
  @Matches(/^[^\0]*$/, { message: 'value must not contain NUL' })
  value!: string;
}

const isSecretCursor = (value: unknown): value is string => typeof value === 'string' && SECRET_NAME.test(value);

const changeOf = (action: AuditChange['action'], request: FastifyRequest, target: string): AuditChange => ({
  action,
  account_id: principalOf(request).account_id,
  target,
});

function secretObject({ name, created_at, updated_at }: SecretFacts): SecretObject {
  return { name, created_at: created_at.toISOString(), updated_at: updated_at.toISOString() };
}

/** Secrets of the account: written and named here, read only by the runners of jobs that name them. */
@ApiTags('account')
@ApiBearerAuth()
@Controller('api/v1/account/secrets')
export class SecretsController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PRISMA) private readonly prisma: PrismaClient,
    @Inject(SECRET_KEYS) private readonly keys: SecretKeys,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listSecrets',
    summary: 'List secrets by name',
    description: 'Their values are never shown.',
  })
  @ApiPaging()
  @ApiList('secrets', 'Secret')
  async list(@Req() request: FastifyRequest, @QueryParams() params: Record<string, unknown>) {
    const query = new Query(params);
    const limit = query.limit();
    const after = query.cursor(isSecretCursor);
    query.done();
    const rows = await listSecrets(this.prisma, principalOf(request).account_id, after, limit + 1);
    const { page, next_cursor } = pageOf(rows, limit, ({ name }) => name);
    return { secrets: page.map(secretObject), next_cursor };
  }

  @Put()
  @ApiOperation({
    operationId: 'putSecret',
    summary: 'Set or replace a secret',
    description: 'Tasks that are prepared from now on get the new value.',
  })
  @ApiBody({ type: PutSecretDto })
  @ApiBodyOf(200, 'Secret', 'The secret, without its value.')
  async put(@Req() request: FastifyRequest): Promise<SecretObject> {
    const { value } = requireJson(request);
    const faults = faultsOf(PutSecretDto, value);
    if (faults.length > 0) throw Refusal.invalid(faults);
    const secret = { accountId: principalOf(request).account_id, ...(value as unknown as PutSecretDto) };
    const change = changeOf('secret.put', request, secret.name);
    const put = (tx: Queryable) => putSecret(tx, this.keys, secret);
    return secretObject(await audited(this.database, actorOf(request), change, put));
  }

  @Delete(':name')
  @HttpCode(204)
  @Header('content-length', '0')
  @ApiOperation({
    operationId: 'deleteSecret',
    summary: 'Delete a secret',
    description: 'Jobs that name it and are prepared from now on fail with `secret_missing`.',
  })
  @ApiResponse({ status: 204, description: 'It is gone.' })
  async delete(@Req() request: FastifyRequest, @Param('name') name: string): Promise<void> {
    const { account_id } = principalOf(request);
    const change = changeOf('secret.deleted', request, name);
    const remove = (tx: Queryable) => deleteSecret(tx, account_id, name);
    if (!SECRET_NAME.test(name) || !(await audited(this.database, actorOf(request), change, remove)))
      throw Refusal.notFound(`Secret ${name}`);
  }
}
