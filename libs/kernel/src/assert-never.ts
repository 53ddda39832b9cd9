/** Ends an exhaustive switch: a new case that is not handled is a compile error, and throws if it slips in at run time. */
export function assertNever(value: never, what = 'value'): never {
  throw new Error(`unhandled ${what}: ${JSON.stringify(value)}`);
}
