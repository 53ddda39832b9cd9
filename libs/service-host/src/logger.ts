import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Property names whose values never reach a log, at the top level or one below. */
const SECRETS = ['authorization', 'password', 'secret', 'token', 'api_key', 'env', 'secrets', 'run_context'];

/** JSON lines on stdout (or `destination`), each with the service's name. */
export function createLogger(options: {
  service: string;
  level: LogLevel;
  destination?: DestinationStream;
}): PinoLogger {
  const settings = {
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** Nest says at every start which module, route and handler it made; that is detail. */
const CHATTY = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
  'NestMicroservice',
]);

/** Lets Nest, and every `new Logger(Foo.name)` of the services, write through pino. */
export class NestLogger implements LoggerService {
  constructor(private readonly pinoLogger: PinoLogger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(CHATTY.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest appends the context last and, for errors, a stack or the error itself before it. */
  private write(level: LogLevel, message: unknown, rest: unknown[]): void {
    const context = typeof rest.at(-1) === 'string' ? rest.at(-1) : undefined;
    const extra = rest.slice(0, context === undefined ? undefined : -1).filter((value) => value !== undefined);
    const fields: Record<string, unknown> = { context };
    const err = [message, ...extra].find((value) => value instanceof Error);
    if (err) fields['err'] = err;
    else if (extra.length > 0) fields['detail'] = extra.length === 1 ? extra[0] : extra;
    if (typeof message === 'object' && message !== null && !err) this.pinoLogger[level]({ ...fields, ...message });
    else this.pinoLogger[level](fields, message instanceof Error ? message.message : String(message));
  }
}
