import 'reflect-metadata';
import { isRetryOnWord } from '@computalot/jobs';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsInt, IsNumber, IsOptional, Max, Min, ValidateBy } from 'class-validator';

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
