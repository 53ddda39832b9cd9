import { expect, test } from '@jest/globals';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { queues } from '../topology.js';

test.each(queues.flatMap(({ messages }) => messages.map((message) => [message.type, message] as const)))(
  '%s compiles to a validator',
  (_type, { schema }) => {
    expect(() => TypeCompiler.Compile(schema)).not.toThrow();
  },
);
