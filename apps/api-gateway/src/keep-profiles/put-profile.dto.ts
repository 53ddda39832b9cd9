import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';
import { IsJsonObject } from '../submit-job/map-of.validator.js';
import { RequirementsDto } from '../submit-job/requirements.dto.js';

export const PROFILE_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;

export class PutProfileDto {
  @ApiProperty({ pattern: PROFILE_NAME.source, description: 'What submissions name it by.' })
  @IsString()
  @Matches(PROFILE_NAME, {
    message: 'name must be 1 to 100 characters of a-z, 0-9, ".", "_" and "-", beginning with a letter or digit',
  })
  name!: string;

  @ApiProperty({ type: RequirementsDto, description: 'Minimums of a task; `requirements` of a job override them.' })
  @IsJsonObject()
  requirements!: RequirementsDto;
}
