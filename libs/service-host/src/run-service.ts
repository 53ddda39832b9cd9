import 'reflect-metadata';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger as PinoLogger } from 'pino';
import { createDrain } from './drain.js';
import { createLogger, NestLogger, type LogLevel } from './logger.js';
import { addOperatorRoutes } from './operator-routes.js';
import { endOnSignals } from './process-end.js';
import { checkReadiness, transportChecks, type ReadinessCheck } from './readiness.js';
import type { ServiceTransport } from './service-transport.js';
import { StartError } from './start-error.js';

export interface ServiceOptions {
  /** In every log line. */
  readonly name: string;
  readonly imports: readonly (Type | DynamicModule | Promise<DynamicModule>)[];
  readonly transport: ServiceTransport;
  /** Dependencies by the name that `/health/ready` shows, beside `broker` and `consumers` of the transport. */
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  /** Port 0 takes a free one. `adapter` when the service brings its own Fastify settings. Default 127.0.0.1 on a free port. */
  readonly http?: { readonly port: number; readonly host: string; readonly adapter?: FastifyAdapter };
  readonly logLevel?: LogLevel;
  /** Instead of JSON lines on stdout. */
  readonly logger?: PinoLogger;
  readonly metricsToken?: string;
  /** Before routes and providers are initialised: global prefix, filters, OpenAPI. */
  readonly configure?: (app: NestFastifyApplication) => Promise<void> | void;
  /** When it consumes and listens. */
  readonly onReady?: (service: RunningService) => Promise<void> | void;
  /** First step of the drain, while everything still consumes: a worker hands its work back and waits for the confirms. */
  readonly beforeDrain?: (app: NestFastifyApplication) => Promise<unknown>;
  /** Last step of the drain, when the adapters are closed; standalone stops its Postgres here. */
  readonly afterClose?: () => Promise<void>;
  /** False leaves signals and exit to the caller (tests). */
  readonly handleSignals?: boolean;
}

export interface RunningService {
  readonly app: NestFastifyApplication;
  readonly logger: PinoLogger;
  /** Where it listens, `http://host:port`. */
  readonly url: string;
  /** Drains once; true when everything ended cleanly. Does not exit the process. */
  stop(): Promise<boolean>;
}

/**
 * Boots a hybrid Nest application (HTTP on Fastify and the transport strategy), with operator routes, JSON logs and one graceful end:
 * `beforeDrain` → stop consuming → providers' `onModuleDestroy` (they stop their loops) → `beforeApplicationShutdown` (flush) → HTTP closed →
 * `onApplicationShutdown` (adapters close) → the transport's connection closed.
 *
 * @throws StartError when the address cannot be listened on, or whatever a provider throws while it is initialised; what was opened is closed.
 */
export async function runService(options: ServiceOptions): Promise<RunningService> {
  const logger = options.logger ?? createLogger({ service: options.name, level: options.logLevel ?? 'info' });
  const app = await createApp(options, logger);
  let draining = false;
  const checks = { ...options.readiness, ...transportChecks(options.transport) };
  addOperatorRoutes(app.getHttpAdapter().getInstance() as unknown as FastifyInstance, {
    readiness: () => checkReadiness(checks, draining),
    metricsToken: options.metricsToken,
  });
  await options.configure?.(app);
  const drain = createDrain(drainSteps(options, app), logger);
  const stop = (): Promise<boolean> => {
    draining = true;
    return drain();
  };
  if (options.handleSignals ?? true) endOnSignals(stop, logger);
  const url = await open(app, options).catch(async (error: unknown) => {
    // What was opened is closed again, so that a caller who lives on, and the dependencies, are not left with half a service.
    await stop();
    throw asStartError(error, options);
  });
  const service: RunningService = { app, logger, url, stop };
  logger.info(`${options.name} serves at ${url}`);
  await options.onReady?.(service);
  return service;
}

async function createApp(options: ServiceOptions, logger: PinoLogger): Promise<NestFastifyApplication> {
  class ServiceRoot {}
  Module({ imports: [...options.imports] })(ServiceRoot);
  const app = await NestFactory.create<NestFastifyApplication>(
    ServiceRoot,
    options.http?.adapter ?? new FastifyAdapter(),
    {
      logger: new NestLogger(logger),
      abortOnError: false,
    },
  );
  app.connectMicroservice<MicroserviceOptions>({ strategy: options.transport.strategy }, { inheritAppConfig: true });
  return app;
}

/** Consumes before it listens, so that whoever finds it listening finds all of it. */
async function open(app: NestFastifyApplication, options: ServiceOptions): Promise<string> {
  await app.init();
  await app.startAllMicroservices();
  await app.listen(options.http?.port ?? 0, options.http?.host ?? '127.0.0.1');
  return (await app.getUrl()).replace('[::1]', '127.0.0.1').replace('0.0.0.0', '127.0.0.1');
}

function asStartError(error: unknown, { http }: ServiceOptions): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const address = `${http?.host}:${http?.port}`;
  if (code === 'EADDRINUSE')
    return new StartError(`${address} is taken; set PORT to another port, or to 0 for a free one`);
  if (code === 'EACCES') return new StartError(`this user may not listen on ${address}; set PORT to 1024 or above`);
  if (code === 'EADDRNOTAVAIL') return new StartError(`${http?.host} is no address of this machine`);
  return error;
}

function drainSteps(options: ServiceOptions, app: NestFastifyApplication) {
  return [
    { name: 'hand work back', run: async () => options.beforeDrain?.(app) },
    { name: 'stop consuming', run: async () => options.transport.strategy.close() },
    { name: 'stop loops, flush, close adapters', run: () => app.close() },
    { name: 'close the transport', run: () => options.transport.close() },
    { name: 'after close', run: async () => options.afterClose?.() },
  ];
}
