import { EVENT_EXCHANGE } from '../topology.js';
import { events, type OutgoingEvent } from '../events.js';
import type { EventDefinition } from '../messages/define-message.js';
import { cloudEventHeaders, CLOUD_EVENT_ATTRIBUTES } from './cloud-event-headers.js';
import { eventExamples } from './event-examples.js';

/** The command that writes the committed document. */
export const REGENERATE_ASYNCAPI =
  'node libs/contracts/dist/describe-events/asyncapi-document.main.js > docs/generated/asyncapi.json';

const INTRODUCTION = `What happens in Computalot, for other services. Events are published to the topic exchange \`${EVENT_EXCHANGE}\` as CloudEvents 1.0 in the binary
mode of the AMQP binding: attributes in headers (\`cloudEvents:id\`, …), data as JSON in the body. The routing key is the type of the event, so bind a queue of
your own to \`job.finished.v1\`, \`job.*.v1\` or \`#\`.

- **At least once.** An event leaves the database with the change it tells of and may come again; \`cloudEvents:id\` is the same each time.
- **Ordered per job.** Events with the same \`cloudEvents:subject\` come in the order in which they happened; a repeat may come after later ones. Nothing orders different subjects.
- **Versions.** A type never changes its meaning. Fields may be added; anything else is a new type (\`.v2\`), published beside the old one for a while.

With a namespace (\`BROKER_NAMESPACE\`) the exchange is \`<namespace>.${EVENT_EXCHANGE}\`.`;

/** AsyncAPI 3 of the public events, from their definitions. */
export function asyncApiDocument(): object {
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Computalot events',
      version: '1.0.0',
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      tags: [{ name: 'events', description: 'Published by Computalot, consumed by others.' }],
    },
    defaultContentType: 'application/json',
    servers: {
      broker: {
        host: '{host}:{port}',
        protocol: 'amqp',
        protocolVersion: '0.9.1',
        description: 'The RabbitMQ of the installation (`BROKER_URL`).',
        variables: { host: { default: 'localhost' }, port: { default: '5672' } },
      },
    },
    channels: Object.fromEntries(events.map((event) => [event.type, channelOf(event)])),
    operations: Object.fromEntries(events.map((event) => [`publish.${event.type}`, operationOf(event)])),
    components: {
      messages: Object.fromEntries(events.map((event) => [event.type, messageOf(event)])),
      schemas: { cloudEventHeaders },
    },
  };
}

function channelOf({ type, summary }: EventDefinition): object {
  const exchange = { name: EVENT_EXCHANGE, type: 'topic', durable: true, autoDelete: false };
  return {
    address: type,
    summary,
    messages: { event: reference('components', 'messages', type) },
    bindings: { amqp: { is: 'routingKey', exchange, bindingVersion: '0.3.0' } },
  };
}

function operationOf({ type, summary }: EventDefinition): object {
  return {
    action: 'send',
    summary,
    channel: reference('channels', type),
    messages: [reference('channels', type, 'messages', 'event')],
    bindings: { amqp: { deliveryMode: 2, bindingVersion: '0.3.0' } },
  };
}

function messageOf({ type, summary, schema }: EventDefinition): object {
  const example = eventExamples.get(type);
  if (!example) throw new Error(`no example of ${type} in event-examples.ts`);
  return {
    name: type,
    title: type,
    summary,
    contentType: 'application/json',
    headers: reference('components', 'schemas', 'cloudEventHeaders'),
    payload: schema,
    bindings: { amqp: { messageType: type, bindingVersion: '0.3.0' } },
    examples: [{ name: 'one', headers: headersOf(example), payload: example.data }],
  };
}

function headersOf(event: OutgoingEvent): object {
  const attributes: Record<string, unknown> = { specversion: '1.0', source: '/computalot', ...event };
  return Object.fromEntries(CLOUD_EVENT_ATTRIBUTES.map((name) => [`cloudEvents:${name}`, attributes[name]]));
}

/** A JSON Pointer into this document. */
function reference(...path: string[]): object {
  return { $ref: `#/${path.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}` };
}
