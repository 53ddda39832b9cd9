import type { FieldFault } from '@computalot/contracts';
import { parseJsonBody } from '../parse-json/json-body.js';
import { Refusal } from '../problems/refusal.js';
import { isPlainObject } from '../submit-job/map-of.validator.js';
import { MANIFEST } from './inspect-archive.js';

export type Manifest = Record<string, unknown>;

const FIELDS = ['version', 'name', 'description', 'runtime', 'entrypoint', 'build', 'validation'];
const RUNTIME_FIELDS = ['kind', 'workdir', 'sandbox', 'init', 'services'];

/** The manifest of a pushed archive. @throws Refusal that names each fault */
export function readManifest(bytes: Buffer): Manifest {
  const manifest = parse(bytes);
  const faults = [...topFaults(manifest), ...commandFaults(manifest), ...runtimeFaults(manifest)];
  if (faults.length > 0) throw Refusal.invalid(faults, 'invalid_manifest');
  const later = laterFaults(manifest);
  if (later.length > 0) throw Refusal.invalid(later, 'not_supported_yet');
  return manifest;
}

function parse(bytes: Buffer): Manifest {
  try {
    const body = parseJsonBody(bytes);
    if (body) return body.value;
  } catch (error) {
    const detail = error instanceof Refusal ? error.detail.replace('The body', MANIFEST) : String(error);
    throw new Refusal('invalid_manifest', detail);
  }
  throw new Refusal('invalid_manifest', `${MANIFEST} is empty.`);
}

function topFaults(manifest: Manifest): FieldFault[] {
  const unknown = Object.keys(manifest).filter((field) => !FIELDS.includes(field));
  const faults = unknown.map((field) => ({ pointer: `/${field}`, detail: 'unknown field' }));
  if (manifest.version !== undefined && manifest.version !== 1)
    faults.push({ pointer: '/version', detail: 'must be 1' });
  return faults;
}

function commandFaults({ entrypoint }: Manifest): FieldFault[] {
  if (entrypoint === undefined) return [];
  if (!isPlainObject(entrypoint)) return [{ pointer: '/entrypoint', detail: 'must be an object' }];
  const { command } = entrypoint;
  if (command === undefined) return [];
  const isCommand =
    Array.isArray(command) &&
    command.length > 0 &&
    command.every((part) => typeof part === 'string') &&
    command[0] !== '';
  return isCommand
    ? []
    : [{ pointer: '/entrypoint/command', detail: 'must be an array of strings that begins with a program' }];
}

function runtimeFaults({ runtime }: Manifest): FieldFault[] {
  if (runtime === undefined) return [];
  if (!isPlainObject(runtime)) return [{ pointer: '/runtime', detail: 'must be an object' }];
  const unknown = Object.keys(runtime).filter((field) => !RUNTIME_FIELDS.includes(field));
  const faults = unknown.map((field) => ({ pointer: `/runtime/${field}`, detail: 'unknown field' }));
  if (![undefined, 'process', 'oci'].includes(runtime.kind as string | undefined)) {
    faults.push({ pointer: '/runtime/kind', detail: 'must be process or oci' });
  }
  return faults;
}

/** Parts of the contract that this version cannot do: running the code without them would be another program. */
function laterFaults({ runtime, build, validation }: Manifest): FieldFault[] {
  const detail = 'is part of the contract, but not available in this version yet';
  const asked = (value: unknown) =>
    value !== undefined && value !== null && JSON.stringify(value) !== '[]' && JSON.stringify(value) !== '{}';
  const { kind, workdir, init, services } = isPlainObject(runtime) ? runtime : {};
  const commands = isPlainObject(init) ? init.commands : init;
  const later: [string, boolean][] = [
    ['/runtime/kind', kind === 'oci'],
    ['/runtime/workdir', asked(workdir) && workdir !== '.' && workdir !== './'],
    ['/runtime/init', asked(commands)],
    ['/runtime/services', asked(services)],
    ['/build', asked(build)],
    ['/validation', asked(validation)],
  ];
  return later.filter(([, isAsked]) => isAsked).map(([pointer]) => ({ pointer, detail }));
}
