import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { ConformanceBroker } from '../conformance/conformance-transport.js';
import { transportConformance } from '../conformance/transport-conformance.js';
import { createTransport } from '../create-transport.js';
import type { DeadLetter } from '../publisher.js';
import { InProcessBroker } from './in-process-broker.js';

transportConformance(async (): Promise<ConformanceBroker> => {
  const name = randomUUID();
  const broker = InProcessBroker.acquire(name);
  return {
    createTransport: (options) => createTransport({ ...options, url: `inproc:${name}`, namespace: 'test' }),
    takeDeadLetter: async () => {
      while (broker.deadLetters.length === 0) await once(broker.signals, 'dead-letter');
      return broker.deadLetters.shift() as DeadLetter;
    },
    remove: async () => InProcessBroker.release(name),
  };
});
