// Consumes Computalot's events from RabbitMQ and prints each as a line of JSON: node examples/event-consumer/consume.mjs [pattern …]
// BROKER_URL (default amqp://localhost), BROKER_NAMESPACE (of the installation, default none), EVENT_QUEUE (default computalot-example) say from where.
import { setTimeout as delay } from 'node:timers/promises';
import amqp from 'amqplib';

const { BROKER_URL = 'amqp://localhost', BROKER_NAMESPACE, EVENT_QUEUE = 'computalot-example' } = process.env;
const exchange = BROKER_NAMESPACE ? `${BROKER_NAMESPACE}.computalot.events` : 'computalot.events';
const patterns = process.argv.length > 2 ? process.argv.slice(2) : ['#'];
/** Events handled at once, and taken again when this program dies in the middle. */
const PREFETCH = 64;
/** Ids remembered to tell repeats: delivery is at least once. A service with a database keeps them there, with what it did. */
const REMEMBERED = 10_000;
const seen = new Set();

/** What your service does with an event. Resolved: done with it. Rejected: it comes again. */
async function handle(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** CloudEvents 1.0, binary mode: attributes in headers, data in the body. */
function eventOf({ properties: { headers }, content }) {
  const attributes = Object.entries(headers).filter(([name]) => name.startsWith('cloudEvents:'));
  return {
    ...Object.fromEntries(attributes.map(([name, value]) => [name.slice('cloudEvents:'.length), value])),
    data: JSON.parse(content.toString()),
  };
}

async function take(channel, message) {
  const event = eventOf(message);
  if (!seen.has(event.id)) await handle(event);
  seen.add(event.id);
  if (seen.size > REMEMBERED) seen.delete(seen.values().next().value);
  channel.ack(message);
}

/** Until the connection is lost. */
async function consume() {
  const connection = await amqp.connect(BROKER_URL, { clientProperties: { connection_name: EVENT_QUEUE } });
  connection.on('error', () => undefined);
  const lost = new Promise((resolve) => connection.once('close', resolve));
  const channel = await connection.createChannel();
  channel.on('error', (error) => console.error(`channel: ${error.message}`));
  channel.once('close', () => void connection.close().catch(() => undefined));
  // Durable: what happens while this program is down waits for it.
  await channel.assertQueue(EVENT_QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  for (const pattern of patterns) await channel.bindQueue(EVENT_QUEUE, exchange, pattern);
  await channel.prefetch(PREFETCH);
  // One after the other: events of a job come in order.
  let turn = Promise.resolve();
  await channel.consume(EVENT_QUEUE, (message) => {
    if (message) turn = turn.then(() => take(channel, message)).catch(() => channel.nack(message));
  });
  console.error(`waiting for ${patterns.join(', ')} of ${exchange} in ${EVENT_QUEUE}`);
  await lost;
}

for (;;) {
  await consume().catch((error) => console.error(error.message));
  await delay(1_000);
}
