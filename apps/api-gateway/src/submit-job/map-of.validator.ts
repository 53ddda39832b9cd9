import { ValidateBy, type ValidationOptions } from 'class-validator';

export interface TextMapRules {
  readonly entries: number;
  readonly key: RegExp;
  readonly valueLength: number;
  /** Says what keys are allowed, for the message. */
  readonly keyRule: string;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object of strings by name. */
export function IsTextMap(rules: TextMapRules, options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isTextMap',
      validator: {
        validate: (value: unknown) => textMapFault(value, rules) === null,
        defaultMessage: (args) => `$property ${textMapFault(args?.value, rules) ?? 'is not valid'}`,
      },
    },
    options,
  );
}

function textMapFault(value: unknown, rules: TextMapRules): string | null {
  if (!isPlainObject(value)) return 'must be an object of strings';
  const entries = Object.entries(value);
  if (entries.length > rules.entries) return `must have at most ${rules.entries} entries`;
  for (const [key, text] of entries) {
    const shown = JSON.stringify(key.slice(0, 100));
    if (!rules.key.test(key)) return `has the name ${shown}; ${rules.keyRule}`;
    if (typeof text !== 'string') return `must hold strings only; the value of ${shown} is not one`;
    if (text.length > rules.valueLength) return `has a value longer than ${rules.valueLength} characters at ${shown}`;
  }
  return null;
}

/** A JSON object, not an array or null. */
export function IsJsonObject(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isJsonObject',
      validator: { validate: isPlainObject, defaultMessage: () => '$property must be a JSON object' },
    },
    options,
  );
}
