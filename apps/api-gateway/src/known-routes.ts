import type { FastifyInstance, RouteOptions } from 'fastify';

/** Patterns and methods of all routes of an instance, to tell a wrong method from a wrong path. */
const routesOf = new WeakMap<object, Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>>();

/** Call before any route is added. */
export function rememberRoutes(fastify: FastifyInstance): void {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  routesOf.set(fastify.server, routes);
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (route.url.includes('*')) return;
    let known = routes.get(route.url);
    if (!known) routes.set(route.url, (known = { pattern: patternOf(route.url), methods: new Set() }));
    for (const method of [route.method].flat()) known.methods.add(method);
  });
}

/** Every route as `METHOD /pattern`. */
export function knownRoutes(fastify: FastifyInstance): string[] {
  const routes = routesOf.get(fastify.server) ?? [];
  return [...routes].flatMap(([url, { methods }]) => [...methods].map((method) => `${method} ${url}`));
}

/** Methods that some route takes at this path. */
export function allowedMethods(fastify: FastifyInstance, url: string): string[] {
  const path = url.split('?', 1)[0] ?? url;
  const allowed = new Set<string>();
  for (const { pattern, methods } of routesOf.get(fastify.server)?.values() ?? []) {
    if (pattern.test(path)) for (const method of methods) allowed.add(method);
  }
  return [...allowed].sort();
}

function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z_]+/g, '[^/]+');
  return new RegExp(`^${escaped}$`);
}
