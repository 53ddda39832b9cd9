/**
 * A refusal that the domain foresees. `code` is a stable literal: the edges map it exhaustively to an HTTP status or a retry
 * decision. `detail` is for people: it may change, carries no secret and no placement fact.
 *
 * Use it directly (`new DomainError('job_not_found', '…')`) or as the base of a class with more fields.
 */
export class DomainError<Code extends string = string> extends Error {
  override readonly name: string = 'DomainError';

  constructor(
    readonly code: Code,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
  }
}

export function isDomainError(error: unknown): error is DomainError {
  return error instanceof DomainError;
}
