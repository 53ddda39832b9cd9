import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { attachmentNamed } from '../content-disposition.js';
import { assertObjectKey } from '../object-key.js';
import type { FileBytes } from './file-bytes.js';
import { parseRangeHeader } from './range-header.js';
import { verifyUrl, type TransferGrant } from './signed-url.js';

/** Answers presigned requests the way an S3 does: 200, 206, 403, 404, 411, 416, 500 with an XML body for errors. */
export function transferHandler(bytes: FileBytes, secret: string, now_ms: () => number = Date.now) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const grant = verifyUrl(request.method ?? '', request.url ?? '/', secret, now_ms() / 1_000);
    serve(bytes, grant, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'InternalError', error instanceof Error ? error.message : String(error));
    });
  };
}

async function serve(
  bytes: FileBytes,
  grant: TransferGrant | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!grant)
    return refuse(response, 403, 'AccessDenied', 'The signature does not cover this request, or its time is over.');
  assertObjectKey(grant.key);
  return grant.method === 'GET' ? download(bytes, grant, request, response) : upload(bytes, grant, request, response);
}

async function upload(
  bytes: FileBytes,
  grant: TransferGrant,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const length = request.headers['content-length'];
  if (length === undefined)
    return refuse(response, 411, 'MissingContentLength', 'A PUT must announce its Content-Length.');
  const object = await bytes.write(grant.key, request, Number(length));
  response.writeHead(200, { etag: `"${object.etag}"`, 'content-length': 0 }).end();
}

async function download(
  bytes: FileBytes,
  grant: TransferGrant,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const opened = await bytes.open(grant.key);
  if (!opened) return refuse(response, 404, 'NoSuchKey', 'There is no such object.');
  const size = opened.object.size_bytes;
  const range = parseRangeHeader(request.headers.range, size);
  if (range === 'unsatisfiable') {
    await opened.close();
    response.setHeader('content-range', `bytes */${size}`);
    return refuse(response, 416, 'InvalidRange', 'The range lies beyond the object.');
  }
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('content-type', 'application/octet-stream');
  response.setHeader('etag', `"${opened.object.etag}"`);
  response.setHeader('content-length', range ? range.end - range.start + 1 : size);
  if (grant.filename !== undefined) response.setHeader('content-disposition', attachmentNamed(grant.filename));
  if (range) response.setHeader('content-range', `bytes ${range.start}-${range.end}/${size}`);
  response.writeHead(range ? 206 : 200);
  await pipeline(opened.stream(range ?? undefined), response);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  // What is left of the request's body is not read: the connection ends with this answer.
  response
    .writeHead(status, {
      'content-type': 'application/xml',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    })
    .end(body);
}

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (char) => `&#${char.charCodeAt(0)};`);
}
