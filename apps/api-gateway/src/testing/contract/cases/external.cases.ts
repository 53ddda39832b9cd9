import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeId, newUuid } from '@computalot/kernel';
import type { ContractCases } from '../contract-case.js';
import { REFUSED_ADDRESS, type ContractWorld } from '../contract-world.js';

export const externalCases: ContractCases = {
  createExternalArtifact: async (world) => {
    const body = { url: 'https://data.example.com/f', sha256: 'd'.repeat(64), filename: 'a file.bin' };
    await world.contract.answers('createExternalArtifact', 201, { body });
    await world.contract.answers('createExternalArtifact', 201, { body: { ...body, sha256: null } });
    const refused = { ...body, url: `http://${REFUSED_ADDRESS}/` };
    await world.contract.answers('createExternalArtifact', 'validation_failed', { body: refused });
  },
};

/** What a download of something that lies elsewhere may come to. */
export async function downloadsFromElsewhere(world: ContractWorld): Promise<void> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/f' ? 200 : 404).end('bytes');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const source = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const download = async (
    expected: Parameters<typeof world.contract.answers>[1],
    url: string,
    sha256: string | null,
  ) => {
    await world.contract.answers('downloadArtifact', expected, { path: { id: await anExternal(world, url, sha256) } });
  };
  await download(200, `${source}/f`, null);
  await download('external_mismatch', `${source}/f`, 'd'.repeat(64));
  await download('external_unavailable', `${source}/gone`, null);
  await download('external_refused', `http://${REFUSED_ADDRESS}/f`, null);
  server.close();
}

async function anExternal(world: ContractWorld, url: string, sha256: string | null): Promise<string> {
  const id = newUuid();
  await world.database.query(
    `INSERT INTO artifacts (id, account_id, filename, external_url, external_sha256, published_at) VALUES ($1, $2, 'f', $3, $4, now())`,
    [id, world.owner.id, url, sha256],
  );
  return encodeId('art', id);
}
