import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, register } from 'prom-client';
import type { ReadinessReport } from './readiness.js';

export interface OperatorRouteOptions {
  readonly readiness: () => Promise<ReadinessReport>;
  /** Bearer token that opens `/metrics` to others than loopback; absent: loopback only. */
  readonly metricsToken?: string | undefined;
}

/**
 * `/health/live`, `/health/ready` and `/metrics`, registered on Fastify itself: no guard, pipe or prefix of the application applies to them,
 * and they answer before the application has opened its routes.
 */
export function addOperatorRoutes(fastify: FastifyInstance, options: OperatorRouteOptions): void {
  fastify.get('/health/live', { logLevel: 'silent' }, async () => ({ status: 'live' }));
  fastify.get('/health/ready', { logLevel: 'silent' }, async (_request, reply) => {
    const report = await options.readiness();
    return reply.code(report.status === 'ready' ? 200 : 503).send(report);
  });
  startDefaultMetrics();
  fastify.get('/metrics', { logLevel: 'silent' }, async (request, reply) => {
    if (!mayRead(request, options.metricsToken)) {
      return reply
        .code(403)
        .send({ status: 403, title: 'metrics are for loopback or the holder of the metrics token' });
    }
    return reply.type(register.contentType).send(await register.metrics());
  });
}

/** CPU seconds, resident memory, event loop delay and garbage collection; the registry is one per process. */
function startDefaultMetrics(): void {
  if (!register.getSingleMetric('process_cpu_user_seconds_total')) collectDefaultMetrics();
}

function mayRead(request: FastifyRequest, token: string | undefined): boolean {
  const sent = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token && sent) return sameText(sent, token);
  // A proxy on this machine speaks from loopback for somebody else.
  const proxied = request.headers['x-forwarded-for'] ?? request.headers['forwarded'];
  return proxied === undefined && isLoopback(request.socket.remoteAddress ?? '');
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
