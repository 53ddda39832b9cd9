import { hash } from 'node:crypto';
import type { TaskSpec } from '@computalot/contracts';
import { taskCommand } from '../task-command.js';
import { taskPayload } from '../task-payload.js';
import { canonicalJson } from './canonical-json.js';

/** What all tasks of a job have in common of what their results depend on. */
export interface SharedInputs {
  readonly account_id: string;
  readonly revision: string | null;
  /** Of tasks that have none of their own. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** By name, something that changes with the value. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Part of every fingerprint: another number when what goes into it changes, so that no older one is taken for its like. */
const VERSION = 1;
/** A longer string is put in by its hash, which is made once per string and not once per task. */
const LONG = 256;

const sha256 = (text: string) => hash('sha256', text);

/**
 * What makes tasks identical: sha256 over account, revision, command, environment, secrets and the payload as the program sees it, the numbers in
 * `_fan_out` and its like included. Equal inputs give equal fingerprints in every job and process, whatever the order of keys.
 *
 * Values that many payloads share are hashed once: a task costs what is its own.
 */
export class TaskFingerprints {
  private readonly shared: string;
  private readonly objects = new WeakMap<object, string>();
  private readonly strings = new Map<string, string>();

  constructor(
    private readonly inputs: SharedInputs,
    private readonly spec: TaskSpec,
  ) {
    const { account_id, revision, env, secrets } = inputs;
    this.shared = sha256(canonicalJson([VERSION, account_id, revision, env, secrets]));
  }

  /** Of task `index`, as hex. @throws RangeError when the spec has no such task */
  of(index: number): string {
    const command = taskCommand(this.spec, index) ?? this.inputs.command;
    const members = Object.entries(taskPayload(this.spec, index))
      .map(([name, value]) => `${JSON.stringify(name)}:${this.textOf(value)}`)
      .sort();
    return sha256([this.shared, this.textOf(command), ...members].join('\n'));
  }

  /** JSON where it is short, else `#` and its hash: no JSON begins so. Which of them is a matter of the value alone. */
  private textOf(value: unknown): string {
    if (typeof value === 'object' && value !== null) return this.remembered(this.objects, value);
    if (typeof value === 'string' && value.length > LONG) return this.remembered(this.strings, value);
    return JSON.stringify(value);
  }

  private remembered<K>(known: { get(key: K): string | undefined; set(key: K, text: string): unknown }, value: K) {
    let text = known.get(value);
    if (text === undefined) known.set(value, (text = `#${sha256(canonicalJson(value))}`));
    return text;
  }
}
