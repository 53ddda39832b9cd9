import { ProjectManifest, type FieldFault } from '@computalot/contracts';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { offsetOf } from '../parse-json/json-text.js';
import { pointerTo } from '../problems/refusal.js';
import { suggestion } from '../submit-job/faults.js';

const MAX_FAULTS = 20;
const validate = new Ajv2020({ allErrors: true, verbose: true, strict: false }).compile<ProjectManifest>(
  ProjectManifest,
);

/** What is wrong with a manifest, each fault with its line and column in the text. Pure. */
export function manifestFaults(manifest: unknown, text: string): FieldFault[] {
  const faults = validate(manifest) ? coherenceFaults(manifest) : schemaFaults(validate.errors ?? []);
  return faults
    .slice(0, MAX_FAULTS)
    .map(({ pointer, detail }) => ({ pointer, detail: `${placeOf(text, pointer)}: ${detail}` }));
}

/** Line and column, from 1, of an offset. */
export function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function placeOf(text: string, pointer: string): string {
  const steps = pointer.split('/').slice(1);
  return lineAndColumn(
    text,
    offsetOf(
      text,
      steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')),
    ),
  );
}

/** One fault for each place: of the branches of a choice, what the choice itself says. */
function schemaFaults(errors: readonly ErrorObject[]): FieldFault[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf');
  const inChoice = ({ schemaPath }: ErrorObject) =>
    choices.some((choice) => schemaPath !== choice.schemaPath && schemaPath.startsWith(choice.schemaPath));
  const faults = errors.filter((error) => !inChoice(error)).map(faultOf);
  return faults.filter(({ pointer }, at) => faults.findIndex((other) => other.pointer === pointer) === at);
}

function faultOf({ keyword, instancePath, message, params, parentSchema }: ErrorObject): FieldFault {
  const { missingProperty, additionalProperty, allowedValue } = params as Record<string, string | undefined>;
  if (additionalProperty !== undefined) {
    const known = Object.keys((parentSchema as { properties: object }).properties);
    const hint = suggestion(additionalProperty, known) || `; known here: ${known.join(', ')}`;
    return { pointer: instancePath + pointerTo(additionalProperty), detail: `unknown field${hint}` };
  }
  if (missingProperty !== undefined)
    return { pointer: instancePath, detail: `lacks the field ${missingProperty}: add it` };
  if (keyword === 'const') return { pointer: instancePath, detail: `must be ${JSON.stringify(allowedValue)}` };
  const { description, anyOf = [] } = parentSchema as { description?: string; anyOf?: { const?: unknown }[] };
  const choices = anyOf.flatMap((choice) => (choice.const === undefined ? [] : [JSON.stringify(choice.const)]));
  const rule =
    choices.length > 0 ? `must be ${choices.join(' or ')}` : keyword === 'anyOf' ? 'is not as it must be' : message;
  return { pointer: instancePath, detail: `${rule}${description ? `. ${description}` : ''}` };
}

/** What a schema cannot say. */
function coherenceFaults({ runtime, build, entrypoint, validation }: ProjectManifest): FieldFault[] {
  const faults: FieldFault[] = [];
  const commands = [
    ['/entrypoint/command', entrypoint?.command] as const,
    ...(runtime?.init?.commands ?? []).map(
      ({ command }, n) => [`/runtime/init/commands/${n}/command`, command] as const,
    ),
    ...(validation?.commands ?? []).map(({ command }, n) => [`/validation/commands/${n}/command`, command] as const),
    ...(runtime?.services ?? []).map(({ command }, n) => [`/runtime/services/${n}/command`, command] as const),
  ];
  for (const [pointer, command] of commands)
    if (command?.[0] === '') faults.push({ pointer: `${pointer}/0`, detail: 'must name a program' });
  const names = (runtime?.services ?? []).map(({ name }) => serviceVariable(name));
  names.forEach((name, n) => {
    if (names.indexOf(name) < n)
      faults.push({ pointer: `/runtime/services/${n}/name`, detail: 'is taken by an earlier service: choose another' });
  });
  if (build && runtime?.kind !== 'oci')
    faults.push({ pointer: '/build', detail: 'is for images: set runtime.kind to "oci", or remove build' });
  return faults;
}

const serviceVariable = (name: string) => name.toUpperCase().replaceAll('-', '_');
