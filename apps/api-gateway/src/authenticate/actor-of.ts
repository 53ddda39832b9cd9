import type { Actor } from '@computalot/database';
import type { FastifyRequest } from 'fastify';
import { principalOf } from './authenticate.hook.js';

/** Whom the audit log names for what this request changes. */
export function actorOf(request: FastifyRequest): Actor {
  const { key_id, account_id, role } = principalOf(request);
  return { key_id, account_id, role, request_id: request.id, client_address: request.ip };
}
