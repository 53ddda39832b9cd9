import { OmitType } from '@nestjs/swagger';
import { SubmitJobDto } from '../submit-job/submit-job.dto.js';

/** Body of `POST /recipes/:name/jobs`. */
export class RecipeSubmissionDto extends OmitType(SubmitJobDto, [
  'project',
  'recipe',
  'runner_command',
  'env',
  'secrets',
] as const) {}
