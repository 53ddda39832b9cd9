import { problemKinds, type ProblemCode } from '@computalot/contracts';
import type { ApiDocument, PlacedOperation, Response, Schema } from '../../describe-api/api-document.js';
import { codesOf } from '../../describe-api/problem-pages.js';
import type { Answer, Gateway } from '../start-gateway.js';
import { AnswerCheck } from './answer-check.js';
import { eventsIn } from './read-answer.js';

/** A request of an operation; what it leaves out is left out. */
export interface Ask {
  /** Values of the path's parameters, as they stand in the URL. */
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null sends none; default: the owner's. */
  readonly key?: string | null;
}

/** Codes that answer what never becomes a request of an operation; `problems/broken-requests.spec.ts` provokes them. */
const NOT_OURS: ReadonlySet<string> = new Set<ProblemCode>(['request_timeout']);

/**
 * Calls operations by their ids and holds every answer against the document. Remembers what it has seen, so that a spec can say which answers of an
 * operation nobody has provoked.
 */
export class Contract {
  private readonly check: AnswerCheck;
  private readonly seen = new Map<string, Set<string>>();
  private readonly successes = new Map<string, readonly string[]>();
  private readonly good = new Map<string, { readonly ask: Ask; readonly answer: Answer }>();

  constructor(
    private readonly gateway: Gateway,
    private readonly document: ApiDocument,
    private readonly key: string,
  ) {
    this.check = new AnswerCheck(document);
  }

  /** The first request of the operation that succeeded. */
  goodAsk(operationId: string): Ask {
    return this.goodOne(operationId).ask;
  }

  /** What it was answered. */
  goodAnswer(operationId: string): Answer {
    return this.goodOne(operationId).answer;
  }

  private goodOne(operationId: string): { readonly ask: Ask; readonly answer: Answer } {
    const good = this.good.get(operationId);
    if (!good) throw new Error(`no case of ${operationId} has succeeded`);
    return good;
  }

  /** Ids of the requests of the operation that succeeded. */
  successesOf(operationId: string): readonly string[] {
    return this.successes.get(operationId) ?? [];
  }

  /** Expects a success with that status, or a problem with that code. @throws with what is wrong about the answer */
  async answers(operationId: string, expected: number | ProblemCode, ask: Ask = {}): Promise<Answer> {
    return this.received(operationId, expected, await this.send(operationId, ask), ask);
  }

  /** The same for an answer that came by another way. */
  received(operationId: string, expected: number | ProblemCode, answer: Answer, ask?: Ask): Answer {
    const code = typeof expected === 'string' ? expected : null;
    const status = code === null ? expected : problemKinds[code].status;
    const faults = this.check.faults(operationId, answer);
    if (answer.status !== status || (code !== null && answer.json.code !== code) || faults.length > 0) {
      throw new Error(
        [
          `${operationId} should answer ${expected}, and did ${answer.status}: ${answer.text.slice(0, 500)}`,
          ...faults,
        ].join('\n'),
      );
    }
    this.remember(operationId, answer);
    if (ask && answer.status < 300) this.keep(operationId, ask, answer);
    return answer;
  }

  async send(operationId: string, ask: Ask, method?: string): Promise<Answer> {
    const placed = this.placed(operationId);
    const { key = this.key, body, raw, headers } = ask;
    return this.gateway.call(method ?? placed.method.toUpperCase(), urlOf(placed.path, ask), {
      ...(key === null ? {} : { key }),
      ...(body === undefined ? {} : { body }),
      ...(raw === undefined ? {} : { raw }),
      ...(headers ? { headers: { ...headers } } : {}),
    });
  }

  /** Bodies that the document shows as examples of requests. */
  exampleBodies(operationId: string): unknown[] {
    const media = this.placed(operationId).operation.requestBody?.content['application/json'];
    return [
      ...Object.values(media?.examples ?? {}).map(({ value }) => value),
      ...(media?.example ? [media.example] : []),
    ];
  }

  /** Everything the document says the operation may answer that no call has brought about. */
  unseen(operationId: string): string[] {
    const { responses } = this.placed(operationId).operation;
    const declared = Object.keys(responses).flatMap((status) =>
      this.kindsOf(Number(status), this.check.responseOf(operationId, Number(status)) ?? {}),
    );
    const seen = this.seen.get(operationId);
    return declared.filter((kind) => !seen?.has(kind) && !NOT_OURS.has(kind));
  }

  /** A kind is a code, an event, or a status with a media type. */
  private kindsOf(status: number, { content }: Response): string[] {
    const media = Object.entries(content ?? {});
    if (media.length === 0) return [`${status}`];
    return media.flatMap(([type, { schema }]) => {
      if (type === 'application/problem+json') return codesOf(schema);
      if (type === 'text/event-stream') return this.eventsOf(schema);
      return [`${status} ${type}`];
    });
  }

  private eventsOf(schema: Schema): string[] {
    const { items } = schema.contentSchema as { items: { oneOf: { $ref: string }[] } };
    return items.oneOf.map(({ $ref }) => {
      const { event } = (this.document.components.schemas[$ref.split('/').at(-1) ?? '']?.properties ?? {}) as {
        event?: { const: string };
      };
      return `event ${event?.const}`;
    });
  }

  private remember(operationId: string, { status, headers, text, json }: Answer): void {
    const seen = this.seen.get(operationId) ?? new Set();
    this.seen.set(operationId, seen);
    const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
    if (type === 'application/problem+json') seen.add(String(json.code));
    else if (type === 'text/event-stream') for (const { event } of eventsIn(text)) seen.add(`event ${event}`);
    else seen.add(status === 204 ? '204' : `${status} ${type}`);
  }

  private keep(operationId: string, ask: Ask, answer: Answer): void {
    if (!this.good.has(operationId)) this.good.set(operationId, { ask, answer });
    this.successes.set(operationId, [...this.successesOf(operationId), String(answer.headers['x-request-id'])]);
  }

  private placed(operationId: string): PlacedOperation {
    const placed = this.check.operations.get(operationId);
    if (!placed) throw new Error(`the document has no operation ${operationId}`);
    return placed;
  }
}

function urlOf(path: string, { path: values = {}, query = {} }: Ask): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`));
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const each of [value].flat()) params.append(name, String(each));
  const text = params.toString();
  return text === '' ? filled : `${filled}?${text}`;
}
