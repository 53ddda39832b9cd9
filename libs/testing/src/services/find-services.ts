import { serviceKinds, type ServiceKind, type ServiceName } from './service-kinds.js';
import { startContainer } from './start-container.js';

export interface FoundService {
  readonly name: ServiceName;
  /** Null: not found, and `how` says what was tried. */
  readonly url: string | null;
  /** In words, for people, without credentials. */
  readonly how: string;
}

const found = new Map<ServiceName, Promise<FoundService>>();

/**
 * Looks for a real service: by its variable (which must then be right), on its standard local port, else as a container where Docker runs.
 * Suites skip when `url` is null; `npm test` then says so, and with CI=true it is a failure.
 */
export function findService(name: ServiceName): Promise<FoundService> {
  const known = found.get(name) ?? find(name);
  found.set(name, known);
  return known;
}

/** For specs that change the environment. */
export const forgetFoundServices = (): void => found.clear();

async function find(name: ServiceName): Promise<FoundService> {
  const kind: ServiceKind = serviceKinds[name];
  const configured = process.env[kind.variable];
  if (configured) {
    await kind.reach(configured).catch((error: unknown) => {
      throw new Error(`${kind.variable} is set but does not lead to ${kind.name}: ${describe(error)}`, {
        cause: error,
      });
    });
    return { name, url: configured, how: `by ${kind.variable}` };
  }
  const refusals: string[] = [];
  for (const url of kind.started ? [kind.local, kind.started] : [kind.local]) {
    const { host } = new URL(url);
    const refused = await kind.reach(url).then(
      () => null,
      (error: unknown) => describe(error),
    );
    if (refused === null) return { name, url, how: `on its local port (${host})` };
    refusals.push(`${host}: ${refused}`);
  }
  return contained(name, kind, refusals.join('; '));
}

async function contained(name: ServiceName, kind: ServiceKind, refused: string): Promise<FoundService> {
  const tried = `${kind.variable} is not set; ${refused}`;
  try {
    const url = await startContainer(kind);
    return url
      ? { name, url, how: `as a container (${kind.container.image})` }
      : { name, url, how: `${tried}; no Docker` };
  } catch (error) {
    return { name, url: null, how: `${tried}; container ${kind.container.image}: ${describe(error)}` };
  }
}

/** One line a service: found how, or what was tried. */
export async function describeServices(): Promise<string> {
  const lines = (Object.keys(serviceKinds) as ServiceName[]).map(async (name) => {
    const { url, how } = await findService(name);
    return `  ${serviceKinds[name].name}: ${url ? 'found' : 'NOT FOUND'}, ${how}`;
  });
  return (await Promise.all(lines)).join('\n');
}

function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
