import type { OutgoingEvent } from '@computalot/contracts';
import type { ConsumeMessage, Options } from 'amqplib';
import type { Delivery } from '../consuming/delivery.js';
import type { DeadLetter } from '../publisher.js';

/** Our headers beside those of CloudEvents. */
export const header = {
  /** Tries that failed before this delivery. */
  failures: 'computalot-failures',
  reason: 'computalot-reason',
  origin: 'computalot-queue',
  attempts: 'computalot-attempts',
} as const;

/** The AMQP binding of CloudEvents 1.0 in binary mode: attributes in headers, data in the body. */
const CLOUD_EVENTS = 'cloudEvents:';
const EVENT_SOURCE = '/computalot';

export interface WireMessage {
  readonly content: Buffer;
  readonly options: Options.Publish;
}

export function encodeMessage(type: string, body: unknown, persistent: boolean): WireMessage {
  return { content: encodeBody(body), options: { type, contentType: 'application/json', persistent } };
}

export function encodeEvent({ type, id, subject, time, data }: OutgoingEvent): WireMessage {
  const attributes = { specversion: '1.0', source: EVENT_SOURCE, type, id, subject, time };
  const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [CLOUD_EVENTS + name, value]));
  return { content: encodeBody(data), options: { type, contentType: 'application/json', persistent: true, headers } };
}

export function encodeDeadLetter({ type, body, reason, origin, attempts }: DeadLetter): WireMessage {
  const { content, options } = encodeMessage(type, body, true);
  const headers = { [header.reason]: reason, [header.origin]: origin, [header.attempts]: attempts };
  return { content, options: { ...options, headers } };
}

function encodeBody(body: unknown): Buffer {
  return Buffer.from(JSON.stringify(body) ?? 'null');
}

/** A delivery as RabbitMQ brings it. */
export class AmqpDelivery implements Delivery {
  readonly type: string;
  readonly failures: number;

  constructor(readonly message: ConsumeMessage) {
    const { type, headers } = message.properties;
    this.type = typeof type === 'string' ? type : '';
    this.failures = Number(headers?.[header.failures] ?? 0) || 0;
  }

  body(): unknown {
    const data: unknown = JSON.parse(this.message.content.toString());
    const headers = this.message.properties.headers ?? {};
    if (headers[`${CLOUD_EVENTS}specversion`] === undefined) return data;
    const attribute = (name: string): unknown => headers[CLOUD_EVENTS + name];
    return {
      type: attribute('type'),
      id: attribute('id'),
      subject: attribute('subject'),
      time: attribute('time'),
      data,
    };
  }

  /** The same message once more, for another queue, with what is known now. The broker's own history headers stay behind. */
  forward(more: Record<string, string | number>): WireMessage {
    const { content, properties } = this.message;
    const kept = Object.entries(properties.headers ?? {}).filter(([name]) => name.startsWith(CLOUD_EVENTS));
    const headers = { ...Object.fromEntries(kept), ...more };
    return { content, options: { type: this.type, contentType: 'application/json', persistent: true, headers } };
  }
}
