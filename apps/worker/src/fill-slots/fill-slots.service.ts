import { Injectable } from '@nestjs/common';
import { FetchMapResults } from '../fetch-map-results/fetch-map-results.service.js';
import { messageOf } from '../finish-attempt/store-files.service.js';
import { layInputs } from '../lay-inputs/lay-inputs.js';
import { RestoreCheckpoints } from '../restore-checkpoints/restore-checkpoints.service.js';
import type { Attempt } from '../run-attempts/attempt.js';
import type { FillSlot } from '../run-attempts/executor.js';

/** What must lie in an attempt's folders before its program starts. */
@Injectable()
export class FillSlots {
  constructor(
    private readonly checkpoints: RestoreCheckpoints,
    private readonly mapResults: FetchMapResults,
  ) {}

  /** Undefined when nothing must: the attempt can take a slot that is in use already, and starts at once. */
  fillOf(attempt: Attempt): FillSlot | undefined {
    const { hasCheckpoint, job } = attempt;
    const wanted = job.prepared?.inputs;
    const isReduce = job.context.reduce !== undefined;
    if (!hasCheckpoint && !isReduce && !wanted) return undefined;
    return async ({ checkpoint, inputs }, stop) => {
      if (hasCheckpoint)
        await saying('the checkpoint could not be restored', this.checkpoints.restore(attempt, checkpoint, stop));
      if (isReduce) await saying('the map results could not be fetched', this.mapResults.fetch(attempt, inputs, stop));
      if (wanted) await saying('the inputs could not be laid out', layInputs(wanted, inputs));
    };
  }
}

async function saying(what: string, filling: Promise<void>): Promise<void> {
  try {
    await filling;
  } catch (error) {
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error });
  }
}
