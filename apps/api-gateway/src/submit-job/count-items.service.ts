import { type FieldFault, MAX_ITEM_BYTES, MAX_ITEMS_FILE_BYTES, MAX_SUBMISSION_BYTES } from '@computalot/contracts';
import { DATABASE, readArtifact, type StoredArtifact, type Database } from '@computalot/database';
import { itemLinesOf, itemsFault, MAX_TASKS_PER_JOB, PartSizes, type ItemLine } from '@computalot/jobs';
import { decodeId, isDomainError } from '@computalot/kernel';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { MAX_DEPTH } from '../parse-json/json-body.js';
import { nestingDepth } from '../parse-json/json-text.js';
import { Refusal } from '../problems/refusal.js';
import { isPlainObject } from './map-of.validator.js';

const POINTER = '/fan_out/items_artifact';
/** They are read here and again by the planner, and must be the same. */
const LIES_ELSEWHERE = 'lies at a URL, where its lines may change until the job is planned; upload the file itself';
const MIB = 1024 * 1024;
/** Verdicts kept: what bytes say does not change. */
const MAX_KNOWN = 1_000;

/** What a recipe finds wrong with an item. */
type FaultsOfItem = (item: unknown, at: string) => FieldFault[];

type Verdict = { readonly itemTotal: number } | { readonly fault: string };

/** Reads artifacts that are to be the items of jobs, from the first line to the last, a chunk at a time. */
@Injectable()
export class CountItems {
  private readonly known = new Map<string, Verdict>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /** How many items the artifact has. @throws Refusal when it is not the account's, or cannot be the items of a job */
  async of(accountId: string, id: string, batchSize: number, faultsOfItem?: FaultsOfItem): Promise<number> {
    const uuid = decodeId('art', id);
    const artifact = uuid && (await readArtifact(this.database, accountId, uuid));
    if (!artifact) throw refused('artifact_not_found', 'is no artifact of this account');
    if (artifact.external_url !== null) throw refused('invalid_items', LIES_ELSEWHERE);
    const content = `${accountId} ${artifact.sha256} ${batchSize}`;
    // What a recipe says of them may change with it.
    const known = faultsOfItem ? undefined : this.known.get(content);
    const verdict = known ?? (await this.judge(accountId, artifact, batchSize, faultsOfItem));
    if (!faultsOfItem) this.remember(content, verdict);
    if ('fault' in verdict) throw refused('invalid_items', verdict.fault);
    return verdict.itemTotal;
  }

  private async judge(
    accountId: string,
    { sha256, size_bytes }: StoredArtifact,
    batchSize: number,
    faultsOfItem?: FaultsOfItem,
  ): Promise<Verdict> {
    if (size_bytes > MAX_ITEMS_FILE_BYTES) {
      return { fault: `is larger than ${MAX_ITEMS_FILE_BYTES / MIB} MiB; split it over several jobs` };
    }
    const body = await this.objects.get(objectKeys.artifact(accountId, sha256));
    if (!body) throw refused('artifact_not_found', 'was deleted just now');
    try {
      return { itemTotal: await countItems(body, batchSize, faultsOfItem) };
    } catch (error) {
      if (isDomainError(error) && error.code === 'invalid_items') return { fault: error.detail };
      throw error;
    }
  }

  private remember(content: string, verdict: Verdict): void {
    this.known.delete(content);
    this.known.set(content, verdict);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MAX_KNOWN) return;
      this.known.delete(oldest);
    }
  }
}

/** @throws ItemsFault that names the line */
export async function countItems(
  chunks: AsyncIterable<Uint8Array>,
  batchSize: number,
  faultsOfItem?: FaultsOfItem,
): Promise<number> {
  const sizes = new PartSizes(batchSize);
  for await (const lines of itemLinesOf(chunks, MAX_ITEM_BYTES)) {
    for (const line of lines) {
      refuseLine(line, faultsOfItem);
      sizes.add(line.bytes);
      if (sizes.itemTotal > MAX_TASKS_PER_JOB) {
        throw itemsFault(line.number, `is one too many: a job may have ${MAX_TASKS_PER_JOB} items`);
      }
      if (sizes.largestTask > MAX_SUBMISSION_BYTES) {
        const limit = `${MAX_SUBMISSION_BYTES / MIB} MiB`;
        throw itemsFault(line.number, `makes the payload of a task larger than ${limit}; lower batch_size`);
      }
    }
  }
  if (sizes.itemTotal === 0) throw itemsFault(1, 'is missing: the file has no items');
  return sizes.itemTotal;
}

function refuseLine({ number, text }: ItemLine, faultsOfItem?: FaultsOfItem): void {
  if (nestingDepth(text, MAX_DEPTH) > MAX_DEPTH) throw itemsFault(number, `is nested deeper than ${MAX_DEPTH} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw itemsFault(number, `is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  if (!isPlainObject(value)) throw itemsFault(number, `is no JSON object; each line is the payload of one task`);
  const [fault] = faultsOfItem?.(value, '') ?? [];
  if (fault) throw itemsFault(number, `does not fit the recipe: ${fault.pointer || 'the item'} ${fault.detail}`);
}

function refused(code: 'artifact_not_found' | 'invalid_items', detail: string): Refusal {
  return Refusal.invalid([{ pointer: POINTER, detail }], code);
}
