import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a service that others share, whose connections can be cut without harm to them. */
export interface CuttableProxy {
  readonly url: string;
  cut(): void;
  close(): Promise<void>;
}

export async function openProxy(serviceUrl: string): Promise<CuttableProxy> {
  const { hostname: host, port } = new URL(serviceUrl);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host, port: Number(port) });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.setNoDelay(true);
      from.on('error', () => undefined);
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(serviceUrl);
  [url.hostname, url.port] = ['127.0.0.1', String((server.address() as AddressInfo).port)];
  const cut = (): void => open.forEach((socket) => socket.destroy());
  return {
    url: url.toString(),
    cut,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
