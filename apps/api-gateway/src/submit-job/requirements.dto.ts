import 'reflect-metadata';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { IsTextMap } from './map-of.validator.js';

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
