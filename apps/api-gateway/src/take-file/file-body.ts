import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '../problems/refusal.js';
import { tooLarge, unread, type FileKind } from './file-kind.js';

/** The body of a request that is a file, not read yet. @throws Refusal for a form, for JSON, and for one that announces too much */
export function fileBody(request: FastifyRequest, kind: FileKind): Readable {
  const type = request.headers['content-type'] ?? '';
  const body = request.body ?? request.raw;
  if (!(body instanceof Readable) || /^(multipart\/|application\/json)/i.test(type)) {
    throw new Refusal('unsupported_media_type', kind.advice, unread);
  }
  if (Number(request.headers['content-length'] ?? 0) > kind.maxBytes) throw tooLarge(kind);
  return body;
}
