import type { Static, TObject } from '@sinclair/typebox';
import ajvModule, { type ErrorObject } from 'ajv';
import { StartError } from './start-error.js';

/** Every variable that is missing or wrong, in one message. */
export class ConfigError extends StartError {
  constructor(readonly problems: readonly string[]) {
    super(`bad configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * Reads the variables named by the properties of `schema` from `env`, converts them (numbers, true/false), fills in defaults and checks them.
 * An empty variable counts as absent. Variables the schema does not name are not looked at.
 *
 * @throws ConfigError listing each bad variable with what is expected. Values are never repeated: they may be secrets.
 */
export function loadConfig<S extends TObject>(schema: S, env: Readonly<Record<string, string | undefined>>): Static<S> {
  const ajv = new ajvModule.Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, strict: false });
  const config: Record<string, unknown> = {};
  for (const name of Object.keys(schema.properties)) {
    if (env[name] !== undefined && env[name] !== '') config[name] = env[name];
  }
  const validate = ajv.compile(schema);
  if (!validate(config)) throw new ConfigError(describeErrors(schema, validate.errors ?? []));
  return config as Static<S>;
}

function describeErrors(schema: TObject, errors: readonly ErrorObject[]): string[] {
  const problems = errors.map((error) => {
    const missing = error.keyword === 'required';
    const name = missing ? String(error.params['missingProperty']) : error.instancePath.slice(1);
    const description = schema.properties[name]?.description;
    const fault = missing ? 'is required' : (error.message ?? 'is invalid');
    return `${name} ${fault}${description ? ` (${description})` : ''}`;
  });
  return [...new Set(problems)];
}
