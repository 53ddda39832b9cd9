import { AUDIT_ACTIONS, type AuditEntryObject } from '@computalot/contracts';
import { DATABASE, listAuditEntries, type AuditRow, type Database } from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { Controller, Get, Inject, Query as QueryParams } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiFilters, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { isUuidCursor, pageOf, Query } from '../parse-query/query.js';

function entryObject({ actor_key_id, actor_account_id, actor_role, ...row }: AuditRow): AuditEntryObject {
  const isSomebody = actor_key_id !== null && actor_account_id !== null && actor_role !== null;
  return {
    ...row,
    id: encodeId('aud', row.id),
    created_at: row.created_at.toISOString(),
    actor: isSomebody
      ? { key_id: encodeId('key', actor_key_id), account_id: encodeId('acc', actor_account_id), role: actor_role }
      : null,
    account_id: row.account_id === null ? null : encodeId('acc', row.account_id),
  };
}

@ApiTags('admin')
@ApiBearerAuth()
@Controller('api/v1/admin/audit')
export class AuditController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @ApiOperation({
    operationId: 'listAuditEntries',
    summary: 'Who changed what, newest first',
    description:
      'An entry is written in the transaction of the change it tells of, and never changed. It outlives what it names. Values of secrets are in none.',
  })
  @ApiPaging()
  @ApiFilters({
    account: 'Id of the account that was changed, `acc_…`.',
    action: `One of ${AUDIT_ACTIONS.join(', ')}.`,
    actor: 'Id of the key that did it, `key_…`.',
    created_after: 'RFC 3339.',
    created_before: 'RFC 3339.',
  })
  @ApiList('entries', 'AuditEntry')
  async list(@QueryParams() params: Record<string, unknown>) {
    const query = new Query(params);
    const limit = query.limit();
    const before = query.cursor(isUuidCursor);
    const filter = {
      account_id: query.id('account', 'acc'),
      action: query.oneOf('action', AUDIT_ACTIONS),
      actor_key_id: query.id('actor', 'key'),
      created_after: query.time('created_after'),
      created_before: query.time('created_before'),
    };
    query.done();
    const rows = await listAuditEntries(this.database, filter, before, limit + 1);
    const { page, next_cursor } = pageOf(rows, limit, ({ id }) => id);
    return { entries: page.map(entryObject), next_cursor };
  }
}
