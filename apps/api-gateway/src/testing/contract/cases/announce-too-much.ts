import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { FileKind } from '../../../take-file/file-kind.js';
import type { ContractWorld } from '../contract-world.js';

/** A request whose headers promise a larger file than is taken; the body never comes. */
export async function announceTooMuch(
  { contract, gateway, owner }: ContractWorld,
  operationId: string,
  path: string,
  kind: FileKind,
): Promise<void> {
  const headers = {
    authorization: `Bearer ${owner.key}`,
    'content-type': 'application/octet-stream',
    'content-length': kind.maxBytes + 1,
  };
  const answer = await new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
    (resolve, reject) => {
      const sent = request(`${gateway.url}${path}`, { method: 'POST', headers }, (response) => {
        void buffer(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: body.toString() }),
          reject,
        );
      }).on('error', reject);
      sent.flushHeaders();
    },
  );
  contract.received(operationId, kind.tooLarge, {
    ...answer,
    json: JSON.parse(answer.text) as Record<string, unknown>,
  });
}
