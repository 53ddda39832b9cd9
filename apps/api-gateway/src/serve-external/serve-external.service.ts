import { finished, Readable } from 'node:stream';
import type { ExternalArtifact } from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';
import { byteRange } from '../serve-bytes/byte-range.js';
import { openExternal } from './open-external.js';
import { relayedHead } from './relayed-head.js';
import { verifiedBytes } from './verified-bytes.js';

/** Hands on what lies at a URL elsewhere, as fast as the reader takes it. */
@Injectable()
export class ServeExternal {
  private readonly logger = new Logger(ServeExternal.name);

  constructor(@Inject(GATEWAY_OPTIONS) private readonly options: GatewayOptions) {}

  /** Answers with the bytes, or with the range of them when the source gives it. The caller has set the type. */
  async send(request: FastifyRequest, reply: FastifyReply, artifact: ExternalArtifact): Promise<void> {
    const range = rangeOf(request);
    const source = await openExternal(artifact.external_url, range, this.options.externalSources);
    finished(reply.raw, () => source.destroy());
    const { status, headers } = relayedHead(source, range !== undefined);
    // Not every source takes HEAD: a signed URL is for GET alone.
    const isHead = request.method === 'HEAD';
    const bytes = isHead ? [] : verifiedBytes(source, status === 200 ? artifact.sha256 : null);
    const body = Readable.from(bytes, { objectMode: false });
    body.on('error', ({ message }) => this.logger.warn(`artifact ${encodeId('art', artifact.id)}: ${message}`));
    await reply.code(status).headers(headers).send(body);
  }
}

/** Undefined for the whole. */
function rangeOf({ headers: { range } }: FastifyRequest): string | undefined {
  return byteRange(range, Number.MAX_SAFE_INTEGER) === null ? undefined : range;
}
