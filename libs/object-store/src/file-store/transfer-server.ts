import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface TransferServerOptions {
  readonly folder: string;
  readonly host: string;
  /** 0: the port this folder had last time when it is free, so that URLs outlive a restart; otherwise any. */
  readonly port: number;
}

/** The small HTTP server behind presigned URLs. It does not keep the process alive. */
export class TransferServer {
  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(listener: RequestListener, options: TransferServerOptions): Promise<TransferServer> {
    // An upload may take as long as it needs; only the headers must come soon.
    const server = createServer({ requestTimeout: 0, headersTimeout: 10_000 }, listener).unref();
    const memory = join(options.folder, 'transfer-port');
    const remembered = options.port === 0 ? Number(await readFile(memory, 'utf8').catch(() => '0')) : options.port;
    await listen(server, options.host, remembered).catch(async (error: unknown) => {
      if (options.port !== 0) throw error;
      await listen(server, options.host, 0);
    });
    const { port } = server.address() as AddressInfo;
    if (options.port === 0 && remembered === 0) await writeFile(memory, String(port));
    const host = options.host.includes(':') ? `[${options.host}]` : options.host;
    return new TransferServer(server, `http://${host}:${port}`);
  }

  /** Transfers that are under way are cut off. */
  async close(): Promise<void> {
    const isClosed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await isClosed;
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
