import 'reflect-metadata';
import type { FieldFault } from '@computalot/contracts';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { pointerTo } from '../problems/refusal.js';

type Dto = new () => object;

const fieldsOf = new Map<Dto, ReadonlySet<string>>();

/** Names of the fields that a DTO declares by its decorators. */
export function declaredFields(dto: Dto): ReadonlySet<string> {
  let fields = fieldsOf.get(dto);
  if (!fields) {
    const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
    fieldsOf.set(dto, (fields = new Set(metadata.map(({ propertyName }) => propertyName))));
  }
  return fields;
}

/**
 * Faults of a plain object as a DTO: fields it does not declare, and values its decorators refuse. Values are not copied or converted, so that a
 * body of 10 MiB costs nothing here.
 */
export function faultsOf(dto: Dto, body: Readonly<Record<string, unknown>>, at: readonly string[] = []): FieldFault[] {
  const declared = declaredFields(dto);
  const known: [string, unknown][] = [];
  const faults: FieldFault[] = [];
  for (const [key, value] of Object.entries(body)) {
    if (declared.has(key)) known.push([key, value]);
    else faults.push({ pointer: pointerTo(...at, key), detail: `unknown field${suggestion(key, declared)}` });
  }
  const instance = Object.assign(new dto(), Object.fromEntries(known));
  for (const error of validateSync(instance, { stopAtFirstError: true, forbidUnknownValues: false })) {
    faults.push(...describe(error, at));
  }
  return faults;
}

function describe(error: ValidationError, at: readonly string[]): FieldFault[] {
  return Object.values(error.constraints ?? {}).map((message) => ({
    pointer: pointerTo(...at, error.property),
    detail: message.replace(new RegExp(`^${error.property} `), ''),
  }));
}

/** The declared field that was probably meant. */
export function suggestion(key: string, declared: Iterable<string>): string {
  const simple = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');
  const meant = [...declared].find((name) => simple(name) === simple(key) || isOneEditApart(name, key));
  return meant ? `; did you mean ${meant}?` : '';
}

function isOneEditApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let prefix = 0;
  while (prefix < a.length && a[prefix] === b[prefix]) prefix++;
  const [restA, restB] = [a.slice(prefix), b.slice(prefix)];
  return (
    restA.slice(1) === restB.slice(1) ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}
