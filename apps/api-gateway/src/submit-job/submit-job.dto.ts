import 'reflect-metadata';
import type { JobType } from '@computalot/contracts';
import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { anyJson } from '../describe-api/api-bodies.js';
import {
  ApiSchemaOptional,
  benchmarkSchema,
  dependsOnSchema,
  fanOutSchema,
  reduceSchema,
  sweepSchema,
} from './job-type-schemas.js';
import { IsJsonObject, IsTextMap } from './map-of.validator.js';
import { MAX_DEPENDENCIES } from './read-dependencies.js';
import { RequirementsDto } from './requirements.dto.js';
import { RetryDto } from './retry.dto.js';

export { RequirementsDto, RetryDto };

export const PROJECT_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;
export const PROJECT_NAME_RULE =
  'must be 1 to 100 characters of a-z, 0-9, ".", "_" and "-", beginning with a letter or digit';

export const JOB_TYPES: readonly JobType[] = ['structured_runner', 'sweep', 'map_reduce', 'benchmark'];
const DAY_S = 86_400;

/** Body of `POST /jobs`. What the parts of a job type mean is checked by `planSpec`. */
export class SubmitJobDto {
  @ApiPropertyOptional({ enum: JOB_TYPES, default: 'structured_runner' })
  @IsOptional()
  @IsIn(JOB_TYPES)
  type?: JobType;

  @ApiPropertyOptional({
    pattern: PROJECT_NAME.source,
    description: 'Name of a project of this account. Needed, unless a recipe is named.',
  })
  @ValidateIf(({ recipe }: SubmitJobDto) => recipe === undefined || recipe === null)
  @IsString()
  @Matches(PROJECT_NAME, { message: `project ${PROJECT_NAME_RULE}` })
  project?: string;

  @ApiPropertyOptional({
    pattern: PROJECT_NAME.source,
    description: 'Name of a recipe, instead of a project: the payload must fit its schema.',
    example: 'option-pricing',
  })
  @IsOptional()
  @IsString()
  @Matches(PROJECT_NAME, { message: `recipe ${PROJECT_NAME_RULE}` })
  recipe?: string;

  @ApiPropertyOptional({
    type: [String],
    minItems: 1,
    maxItems: 1000,
    description: "The command as a list, not a shell line. Default: the manifest's entrypoint.command.",
    example: ['python3', 'run.py'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @IsString({ each: true })
  runner_command?: string[];

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Given to the runner.' })
  @IsOptional()
  @IsJsonObject()
  payload?: Record<string, unknown>;

  @ApiSchemaOptional(fanOutSchema)
  @IsOptional()
  @IsJsonObject()
  fan_out?: Record<string, unknown>;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1_000_000, description: 'Items per task.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  batch_size?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1_000_000, description: 'Alias of batch_size.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  batch_per_task?: number;

  @ApiSchemaOptional(sweepSchema)
  @IsOptional()
  @IsJsonObject()
  sweep?: Record<string, unknown>;

  @ApiSchemaOptional(reduceSchema)
  @IsOptional()
  @IsJsonObject()
  reduce?: Record<string, unknown>;

  @ApiPropertyOptional({
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'map_reduce: share of the map tasks that must complete; below it the reduce is not run.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  min_success?: number;

  @ApiSchemaOptional(benchmarkSchema)
  @IsOptional()
  @IsJsonObject()
  benchmark?: Record<string, unknown>;

  @ApiPropertyOptional({ minimum: 0.001, maximum: 14 * DAY_S, default: 3600, description: 'Wall clock per attempt.' })
  @IsOptional()
  @IsNumber()
  @Min(0.001)
  @Max(14 * DAY_S)
  timeout_s?: number;

  @ApiPropertyOptional({
    minimum: 0.001,
    maximum: 365 * DAY_S,
    description:
      'Give up if a task has not started by then. Counted from the submission, waiting for dependencies included.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0.001)
  @Max(365 * DAY_S)
  queue_timeout_s?: number;

  @ApiPropertyOptional({ type: RequirementsDto })
  @IsOptional()
  @IsJsonObject()
  requirements?: RequirementsDto;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: 100,
    description: 'A named set of requirements; "cpu" (default) and "gpu" always exist.',
  })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  profile?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: -100, maximum: 100, default: 0 })
  @IsOptional()
  @IsInt()
  @Min(-100)
  @Max(100)
  priority?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1_000_000 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  max_parallel?: number;

  @ApiPropertyOptional({ type: RetryDto })
  @IsOptional()
  @IsJsonObject()
  retry?: RetryDto;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 1_000_000 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  max_failures?: number;

  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  @IsOptional()
  @IsTextMap({
    entries: 256,
    key: /^(?!COMPUTALOT_)[A-Za-z_][A-Za-z0-9_]{0,199}$/,
    keyRule: 'variables are named with letters, digits and "_", and not COMPUTALOT_…',
    valueLength: 32_768,
  })
  env?: Record<string, string>;

  @ApiPropertyOptional({
    type: [String],
    maxItems: 64,
    description: 'Account secrets, given to the runner as variables.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @Matches(/^(?!COMPUTALOT_)[A-Za-z_][A-Za-z0-9_]{0,199}$/, {
    each: true,
    message: 'each value in secrets must be the name of a secret: letters, digits and "_", and not COMPUTALOT_…',
  })
  secrets?: string[];

  @ApiSchemaOptional(dependsOnSchema)
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_DEPENDENCIES)
  depends_on?: unknown[];

  @ApiPropertyOptional({
    default: false,
    description:
      "Reuse the result of an identical earlier task of a job with cache: of this account, completed, and with the same revision, command, env, values of secrets, and payload, the platform's fields in it included. Its artifacts are taken over, its output is not. As long as its job is kept.",
  })
  @IsOptional()
  @IsBoolean()
  cache?: boolean;

  @ApiPropertyOptional({ type: [String], maxItems: 32 })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(32)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  tags?: string[];

  @ApiPropertyOptional({ ...anyJson, description: 'Any JSON of at most 64 KiB; carried through.' })
  @Allow()
  meta?: unknown;

  @ApiPropertyOptional({ ...anyJson, description: 'Any JSON of at most 64 KiB; carried through.' })
  @Allow()
  variant?: unknown;

  @ApiPropertyOptional({ maxLength: 1000 })
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  client_ref?: string;

  @ApiPropertyOptional({ format: 'uri', maxLength: 2048, description: 'Webhook on completion.' })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false, disallow_auth: true })
  callback_url?: string;

  @ApiPropertyOptional({ maxLength: 200 })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  name?: string;
}
