import { audited, DATABASE, deleteArtifact, type Database, type Queryable } from '@computalot/database';
import { Controller, Delete, Header, HttpCode, Inject, Param, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { actorOf } from '../authenticate/actor-of.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { refuseFields } from '../parse-json/json-body.js';
import { pathId } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';

@ApiTags('artifacts')
@ApiBearerAuth()
@Controller('api/v1/artifacts')
export class DeleteArtifactController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Delete(':id')
  @HttpCode(204)
  @Header('content-length', '0')
  @ApiOperation({
    operationId: 'deleteArtifact',
    summary: 'Delete an artifact',
    description:
      'At once nobody finds it any more. Its bytes go after that, unless another artifact of the account has the same.',
  })
  @ApiResponse({ status: 204, description: 'It is gone.' })
  async delete(@Req() request: FastifyRequest, @Param('id') id: string): Promise<void> {
    refuseFields(request);
    const artifactId = pathId('art', id, 'Artifact');
    const { account_id } = principalOf(request);
    const change = { action: 'artifact.deleted', account_id, target: id } as const;
    const remove = (tx: Queryable) => deleteArtifact(tx, account_id, artifactId);
    if (!(await audited(this.database, actorOf(request), change, remove))) throw Refusal.notFound(`Artifact ${id}`);
  }
}
