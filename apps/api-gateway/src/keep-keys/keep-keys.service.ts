import type { CreatedKey, KeyObject } from '@computalot/contracts';
import {
  audited,
  createKey,
  DATABASE,
  listKeys,
  readAccount,
  revokeKeyIfLive,
  type Database,
  type KeyRow,
} from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { actorOf } from '../authenticate/actor-of.js';
import { AuthenticateHook } from '../authenticate/authenticate.hook.js';
import { requireJson } from '../parse-json/json-body.js';
import { isUuidCursor, pageOf, pathId, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { faultsOf } from '../submit-job/faults.js';
import { CreateKeyDto } from './create-key.dto.js';

function keyObject({ id, name, role, created_at, last_used_at, revoked_at }: KeyRow): KeyObject {
  return {
    id: encodeId('key', id),
    name,
    role,
    created_at: created_at.toISOString(),
    last_used_at: last_used_at?.toISOString() ?? null,
    revoked_at: revoked_at?.toISOString() ?? null,
  };
}

/** The keys of one account, whoever looks after them: its own admins or an operator. */
@Injectable()
export class KeepKeys {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly answers: AnswerOnce,
    private readonly authentication: AuthenticateHook,
  ) {}

  async create(request: FastifyRequest, accountId: string): Promise<CreatedKey> {
    const { value } = requireJson(request);
    const faults = faultsOf(CreateKeyDto, value);
    if (faults.length > 0) throw Refusal.invalid(faults);
    const { role, name = role } = value as unknown as CreateKeyDto;
    const wanted = { role, name, id: this.answers.creationOf(request).id() };
    const change = { action: 'key.created', ...placeOf(accountId, wanted.id), details: { role, name } } as const;
    const key = await audited(this.database, actorOf(request), change, (tx) => createKey(tx, accountId, wanted));
    if (!key) throw accountGone(accountId);
    return { id: encodeId('key', key.id), key: key.key };
  }

  async list(
    accountId: string,
    params: Record<string, unknown>,
  ): Promise<{ keys: KeyObject[]; next_cursor: string | null }> {
    const query = new Query(params);
    const limit = query.limit();
    const before = query.cursor(isUuidCursor);
    query.done();
    if (!(await readAccount(this.database, accountId))) throw accountGone(accountId);
    const rows = await listKeys(this.database, accountId, before, limit + 1);
    const { page, next_cursor } = pageOf(rows, limit, ({ id }) => id);
    return { keys: page.map(keyObject), next_cursor };
  }

  async revoke(request: FastifyRequest, accountId: string, id: string): Promise<void> {
    const keyId = pathId('key', id, 'Key');
    const change = { action: 'key.revoked', ...placeOf(accountId, keyId) } as const;
    const outcome = await audited(
      this.database,
      actorOf(request),
      change,
      (tx) => revokeKeyIfLive(tx, accountId, keyId),
      (result) => result === 'revoked',
    );
    if (outcome === 'not_found') throw Refusal.notFound(`Key ${id}`);
    this.authentication.forgetKey(keyId);
  }
}

const placeOf = (accountId: string, keyId: string) => ({ account_id: accountId, target: encodeId('key', keyId) });
const accountGone = (accountId: string) => Refusal.notFound(`Account ${encodeId('acc', accountId)}`);
