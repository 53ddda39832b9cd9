import { grantAnswered } from '@computalot/contracts';
import { DATABASE, readHoldings, type Database, type HeldJob, type HoldingQuestion } from '@computalot/database';
import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { PublishArtifacts } from '../publish-artifacts/publish-artifacts.service.js';
import { refuse, type GrantAnswer, type GrantRequest } from '../grant-answer.js';
import { SignTransfers } from './sign-transfers.service.js';

/**
 * Answers every request, with a signed transfer or with the reason why not: a worker that waits for an answer must never wait in vain
 * while this service runs. What a worker may move is decided by what it holds in Postgres at this moment.
 */
@Injectable()
export class GrantTransfers {
  private readonly logger = new Logger(GrantTransfers.name);

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    private readonly signer: SignTransfers,
    private readonly artifacts: PublishArtifacts,
  ) {}

  /** Resolves when all transfers of the batch are answered; verifying an upload goes on beyond that. */
  async answer(batch: readonly GrantRequest[]): Promise<void> {
    for (const request of batch) if (request.target.kind === 'artifact_uploaded') this.verifyBeside(request);
    const transfers = batch.filter(({ target }) => target.kind !== 'artifact_uploaded');
    try {
      const held = await readHoldings(this.database, transfers.map(questionOf));
      await Promise.all(transfers.map((request, at) => this.answerOne(request, held[at] ?? null)));
    } catch (error) {
      this.logger.error('could not read what the workers hold', error);
      for (const request of transfers) this.send(request, unavailable());
    }
  }

  private async answerOne(request: GrantRequest, held: HeldJob | null): Promise<void> {
    const answer = held
      ? await this.signer.sign(request.target, held).catch((error: unknown) => this.failed(request, error))
      : refuse('not_held', `the worker does not hold this ${'index' in request.target ? 'attempt' : 'job'} any more`);
    this.send(request, answer);
  }

  /** Reads the whole object, so it must not hold up the grants behind it. */
  private verifyBeside(request: GrantRequest): void {
    if (request.target.kind !== 'artifact_uploaded') return;
    void this.artifacts
      .publishUploaded(request.target.artifact_id, request.worker_id)
      .catch((error: unknown) => this.failed(request, error))
      .then((answer) => this.send(request, answer));
  }

  private failed(request: GrantRequest, error: unknown): GrantAnswer {
    this.logger.error(`grant of kind ${request.target.kind} failed`, error);
    return unavailable();
  }

  private send({ request_id, worker_id }: GrantRequest, answer: GrantAnswer): void {
    this.publisher.send(grantAnswered, { request_id, ...answer }, worker_id);
  }
}

const unavailable = () => refuse('storage_unavailable', 'the database or the object store is out of reach; ask again');

function questionOf({ worker_id, target }: GrantRequest): HoldingQuestion {
  if (target.kind === 'artifact_uploaded') throw new Error('uploads are not asked by holding');
  const { job_id } = target;
  return 'index' in target
    ? { worker_id, job_id, index: target.index, attempt: target.attempt }
    : { worker_id, job_id };
}
