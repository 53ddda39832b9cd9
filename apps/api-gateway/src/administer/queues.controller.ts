import type { QueuesObject } from '@computalot/contracts';
import { DATABASE, readQueuedWork, readQueues, type Database } from '@computalot/database';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiBodyOf } from '../describe-api/api-bodies.js';

/** Classes of requirements that are shown; the rest have the least work. */
const MAX_CLASSES = 500;

@ApiTags('admin')
@ApiBearerAuth()
@Controller('api/v1/admin/queues')
export class QueuesController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @ApiOperation({
    operationId: 'getQueues',
    summary: 'What waits, for whom, and how long',
    description:
      '`queues`: jobs to be planned, messages to be published, webhooks to be delivered, deleted jobs to be cleared away. `work`: queued tasks of all ' +
      'accounts by what they require, most first; `oldest_age_s` is of the oldest job of the class. All from the database: what the broker holds is under way already.',
  })
  @ApiBodyOf(200, 'Queues', 'Depths and ages now.')
  async get(): Promise<QueuesObject> {
    const queues = await readQueues(this.database);
    return { queues, work: await readQueuedWork(this.database, MAX_CLASSES) };
  }
}
