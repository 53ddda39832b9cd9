import type { FieldFault, ProblemCode } from '@computalot/contracts';
import { DomainError } from '@computalot/kernel';

/** A request that is answered with a problem. Thrown anywhere below a controller; the problem filter turns it into the answer. */
export class Refusal extends DomainError<ProblemCode> {
  override readonly name = 'Refusal';

  constructor(
    code: ProblemCode,
    detail: string,
    readonly extra: {
      readonly errors?: readonly FieldFault[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(code, detail);
  }

  /** 422 with one pointer per fault. */
  static invalid(errors: readonly FieldFault[], code: ProblemCode = 'validation_failed'): Refusal {
    const [first] = errors;
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    return new Refusal(code, `${first?.pointer || 'body'}: ${first?.detail ?? 'is not valid'}${more}`, { errors });
  }

  static notFound(what: string): Refusal {
    return new Refusal('not_found', `${what} was not found.`);
  }
}

/** One step of a JSON Pointer. */
export function pointerTo(...path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
