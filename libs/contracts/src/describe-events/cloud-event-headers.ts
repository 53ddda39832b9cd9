import { events } from '../events.js';

const attributes = {
  specversion: { const: '1.0', description: 'Of CloudEvents.' },
  id: { type: 'string', description: 'The same whenever this event comes again.' },
  source: { const: '/computalot' },
  type: {
    enum: events.map(({ type }) => type),
    description: 'Also the routing key, and the type of the AMQP message.',
  },
  subject: {
    type: 'string',
    description: 'What it is about, and what orders it: the public id of a job, project, artifact or worker.',
  },
  time: { type: 'string', format: 'date-time', description: 'When it happened.' },
};

export const CLOUD_EVENT_ATTRIBUTES = Object.keys(attributes);

/** JSON Schema of the AMQP headers of every event. */
export const cloudEventHeaders = {
  type: 'object',
  properties: Object.fromEntries(Object.entries(attributes).map(([name, schema]) => [`cloudEvents:${name}`, schema])),
  required: CLOUD_EVENT_ATTRIBUTES.map((name) => `cloudEvents:${name}`),
};
