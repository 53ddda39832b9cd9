import type { Problem } from '@computalot/contracts';

/** An answer of the API that is not a success. Branch on `code`, show `message` and `recommendedAction` to people. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly problem: Problem,
    /** Seconds after which to try again, when the server said so. */
    readonly retryAfter_s: number | null = null,
  ) {
    const faults = problem.errors?.map(({ pointer, detail }) => `\n  ${pointer || 'body'}: ${detail}`).join('') ?? '';
    super(`${problem.title}: ${problem.detail}${faults}`);
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): Problem['code'] {
    return this.problem.code;
  }

  get recommendedAction(): string {
    return this.problem.recommended_action;
  }
}

/** The server refuses: the same request will not succeed later. */
export function isFinal(error: unknown): boolean {
  return error instanceof ProblemError && error.status < 500 && error.status !== 429;
}

/** The problem of an answer; one is made up for answers that come from something else than the API, e.g. a proxy. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text().catch(() => '');
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  return new ProblemError(parse(text) ?? strange(response, text), Number.isFinite(retryAfter) ? retryAfter : null);
}

function parse(text: string): Problem | null {
  try {
    const value = JSON.parse(text) as Partial<Problem>;
    return typeof value.code === 'string' && typeof value.status === 'number' ? (value as Problem) : null;
  } catch {
    return null;
  }
}

function strange(response: Response, text: string): Problem {
  return {
    type: 'about:blank',
    title: response.statusText || 'Unexpected answer',
    status: response.status,
    detail: text.slice(0, 500) || `HTTP ${response.status}`,
    instance: new URL(response.url || 'http://unknown/').pathname,
    code: response.status >= 500 ? 'dependency_unavailable' : 'malformed_request',
    recommended_action: 'Check that the URL is that of a Computalot server.',
    request_id: response.headers.get('x-request-id') ?? '',
  };
}
