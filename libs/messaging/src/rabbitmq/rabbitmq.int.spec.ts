import { transportConformance } from '../conformance/transport-conformance.js';
import { createRabbitMqHarness } from '../conformance/rabbitmq-harness.js';

transportConformance(() => createRabbitMqHarness());
