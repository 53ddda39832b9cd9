import type { ServiceKind } from './service-kinds.js';

/** Starts the service with Testcontainers, shared by all test processes and left running. Null where Docker does not run. */
export async function startContainer({ local, container }: ServiceKind): Promise<string | null> {
  // Loaded only when needed: it costs every spec that imports this library a second.
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
  } catch {
    return null;
  }
  const wanted = new GenericContainer(container.image)
    .withExposedPorts(container.port)
    .withEnvironment(container.env)
    .withStartupTimeout(120_000)
    .withReuse();
  const started = await (
    'command' in container && container.command ? wanted.withCommand(container.command) : wanted
  ).start();
  return local
    .replace('127.0.0.1', started.getHost())
    .replace(`:${container.port}`, `:${started.getMappedPort(container.port)}`);
}
