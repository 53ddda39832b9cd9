import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy before a broker that a test can cut, so that a fault needs neither rights on the broker nor a driver's internals. */
export class CuttableProxy {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  private constructor(
    private readonly target: { host: string; port: number },
    readonly port: number,
  ) {}

  static async before(url: string): Promise<{ proxy: CuttableProxy; url: string }> {
    const through = new URL(url);
    const target = { host: through.hostname, port: Number(through.port || 5672) };
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await closed(probe);
    const proxy = new CuttableProxy(target, port);
    await proxy.restore();
    through.hostname = '127.0.0.1';
    through.port = String(port);
    return { proxy, url: through.href };
  }

  get connections(): number {
    return this.sockets.size / 2;
  }

  /** Resets every connection, without a goodbye. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Cuts, and refuses new connections until `restore`. */
  async outage(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    const ended = server ? closed(server) : Promise.resolve();
    this.cut();
    await ended;
  }

  async restore(): Promise<void> {
    if (this.server) return;
    this.server = createServer((client) => this.join(client)).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  private join(client: Socket): void {
    const broker = connect(this.target);
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.resetAndDestroy();
      });
      socket.pipe(other);
    }
  }
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
