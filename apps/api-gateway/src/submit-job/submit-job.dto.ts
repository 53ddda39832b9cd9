import 'reflect-metadata';
import { isRetryOnWord } from '@computalot/jobs';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
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
  ValidateBy,
} from 'class-validator';
import { IsJsonObject, IsTextMap } from './map-of.validator.js';

export const PROJECT_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;
export const PROJECT_NAME_RULE =
  'must be 1 to 100 characters of a-z, 0-9, ".", "_" and "-", beginning with a letter or digit';

const DAY_S = 86_400;
const IsRetryOnWord = () =>
  ValidateBy(
    {
      name: 'isRetryOnWord',
      validator: {
        validate: (word) => typeof word === 'string' && isRetryOnWord(word),
        defaultMessage: () => 'each value in retry_on must be exit, timeout, infrastructure, invalid or exit:<0-255>',
      },
    },
    { each: true },
  );

export class RetryDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 100,
    default: 2,
    description: 'Attempts of the program in all.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  max_attempts?: number;

  @ApiPropertyOptional({
    minimum: 0,
    maximum: DAY_S,
    default: 0,
    description: 'Seconds before the first retry; doubles, with jitter.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(DAY_S)
  backoff_s?: number;

  @ApiPropertyOptional({ minimum: 0, maximum: 7 * DAY_S, default: 300 })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(7 * DAY_S)
  max_backoff_s?: number;

  @ApiPropertyOptional({ type: [String], example: ['exit', 'timeout', 'infrastructure', 'exit:137'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(300)
  @IsRetryOnWord()
  retry_on?: string[];
}

export class RequirementsDto {
  @ApiPropertyOptional({ minimum: 0, maximum: 4096, description: 'Cores; fractions are allowed.' })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(4096)
  cpu?: number;

  @ApiPropertyOptional({ minimum: 0, maximum: 100_000 })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100_000)
  memory_gb?: number;

  @ApiPropertyOptional({ minimum: 0, maximum: 1_000_000 })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1_000_000)
  storage_gb?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 1024 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1024)
  gpu?: number;

  @ApiPropertyOptional({ minimum: 0, maximum: 10_000, description: 'Per GPU.' })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(10_000)
  gpu_memory_gb?: number;

  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' }, description: 'Exact matches.' })
  @IsOptional()
  @IsTextMap({
    entries: 32,
    key: /^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/,
    keyRule: 'labels are named with letters, digits, ".", "_", "/" and "-"',
    valueLength: 256,
  })
  labels?: Record<string, string>;
}

/** Body of `POST /jobs`, without what later versions add. */
export class SubmitJobDto {
  @ApiPropertyOptional({ enum: ['structured_runner'], default: 'structured_runner' })
  @IsOptional()
  @IsIn(['structured_runner'])
  type?: 'structured_runner';

  @ApiProperty({ description: 'Name of a project of this account.' })
  @IsString()
  @Matches(PROJECT_NAME, { message: `project ${PROJECT_NAME_RULE}` })
  project!: string;

  @ApiPropertyOptional({
    type: [String],
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

  @ApiPropertyOptional({
    description: 'Exactly one shape. batch_size may stand inside.',
    oneOf: [
      { type: 'object', required: ['by'], properties: { by: { type: 'string' } } },
      { type: 'object', required: ['items'], properties: { items: { type: 'array', items: { type: 'object' } } } },
      {
        type: 'object',
        required: ['chunks', 'range_field', 'total'],
        properties: {
          chunks: { type: 'integer', minimum: 1 },
          range_field: { type: 'string' },
          total: { type: 'integer', minimum: 1 },
        },
      },
    ],
  })
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

  @ApiPropertyOptional({ minimum: 0.001, maximum: 14 * DAY_S, default: 3600, description: 'Wall clock per attempt.' })
  @IsOptional()
  @IsNumber()
  @Min(0.001)
  @Max(14 * DAY_S)
  timeout_s?: number;

  @ApiPropertyOptional({
    minimum: 0.001,
    maximum: 365 * DAY_S,
    description: 'Give up if a task has not started by then.',
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

  @ApiPropertyOptional({ description: 'A named set of requirements; "cpu" (default) and "gpu" always exist.' })
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

  @ApiPropertyOptional({ type: [String], maxItems: 32 })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(32)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  tags?: string[];

  @ApiPropertyOptional({ description: 'Any JSON of at most 64 KiB; carried through.' })
  @Allow()
  meta?: unknown;

  @ApiPropertyOptional({ description: 'Any JSON of at most 64 KiB; carried through.' })
  @Allow()
  variant?: unknown;

  @ApiPropertyOptional({ maxLength: 1000 })
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  client_ref?: string;

  @ApiPropertyOptional({ format: 'uri', description: 'Webhook on completion.' })
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
