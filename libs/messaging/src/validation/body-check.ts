import type { MessageDefinition, OutgoingEvent } from '@computalot/contracts';
import { FormatRegistry } from '@sinclair/typebox';
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler';
import type { TSchema } from '@sinclair/typebox';
import { isEvent } from '../message-catalogue.js';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
if (!FormatRegistry.Has('date-time')) FormatRegistry.Set('date-time', (text) => RFC_3339.test(text));

/** Says what is wrong with a body, in one line, or null. Compiled once per definition; a check of a small body takes about a microsecond. */
export type BodyCheck = (body: unknown) => string | null;

const checks = new WeakMap<MessageDefinition, BodyCheck>();

export function bodyCheckOf(definition: MessageDefinition): BodyCheck {
  let check = checks.get(definition);
  if (!check) {
    const compiled = TypeCompiler.Compile(definition.schema);
    check = isEvent(definition) ? envelopeCheck(compiled) : (body) => firstError(compiled, body);
    checks.set(definition, check);
  }
  return check;
}

function envelopeCheck(data: TypeCheck<TSchema>): BodyCheck {
  return (body) => {
    if (typeof body !== 'object' || body === null) return 'the event has no envelope';
    const envelope = body as Partial<OutgoingEvent>;
    for (const field of ['type', 'id', 'subject', 'time'] as const) {
      if (typeof envelope[field] !== 'string' || envelope[field] === '') return `the event's ${field} is missing`;
    }
    return firstError(data, envelope.data);
  };
}

function firstError(compiled: TypeCheck<TSchema>, body: unknown): string | null {
  if (compiled.Check(body)) return null;
  const first = compiled.Errors(body).First();
  return `${first?.path || '/'}: ${first?.message ?? 'does not match the schema'}`;
}
