import 'reflect-metadata';
import { ApiProperty } from '@nestjs/swagger';
import { SubmitJobDto } from '../submit-job/submit-job.dto.js';
import { MAX_BATCH_ENTRIES } from './read-batch.js';

/** Body of `POST /jobs/batch`. */
export class SubmitBatchDto {
  @ApiProperty({ type: [SubmitJobDto], maxItems: MAX_BATCH_ENTRIES })
  jobs!: SubmitJobDto[];
}
