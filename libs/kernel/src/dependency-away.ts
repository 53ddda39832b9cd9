/**
 * Something that the work needs (database, object store) is out of reach. It says nothing about the work itself, which succeeds unchanged when
 * the dependency is back: whoever holds the work waits. Carries the code and the message of its cause.
 */
export class DependencyAway extends Error {
  override readonly name = 'DependencyAway';
  readonly code: string | undefined;

  constructor(override readonly cause: Error & { readonly code?: string }) {
    super(cause.message, { cause });
    this.code = cause.code;
  }
}
