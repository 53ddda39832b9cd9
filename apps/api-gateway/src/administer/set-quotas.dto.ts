import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

const MAX_COUNT = 2_147_483_647;

const Bound = (description: string, maximum = MAX_COUNT): PropertyDecorator =>
  ApiPropertyOptional({ type: 'integer', minimum: 0, maximum, nullable: true, description });

/** Every quota that is left out or null is no bound. */
export class SetQuotasDto {
  @Bound('Jobs that have not ended.')
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_COUNT)
  open_jobs?: number | null;

  @Bound('Tasks that wait for a worker.')
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_COUNT)
  queued_tasks?: number | null;

  @Bound('Tasks that workers hold at once.')
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_COUNT)
  running_tasks?: number | null;

  @Bound('Bytes of artifacts and pushed code, every content once.', Number.MAX_SAFE_INTEGER)
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  storage_bytes?: number | null;
}
