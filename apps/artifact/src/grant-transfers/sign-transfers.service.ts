import { SIGNED_FOR_S, type GrantTarget } from '@computalot/contracts';
import {
  beginUpload,
  DATABASE,
  insertArtifactIfUnpublished,
  isContentPublished,
  readCheckpointAttempt,
  readInput,
  readReduceRun,
  signUpload,
  type Database,
  type HeldJob,
} from '@computalot/database';
import { assertNever, newUuid } from '@computalot/kernel';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { GrantSecrets } from '../grant-secrets/grant-secrets.service.js';
import { PublishArtifacts } from '../publish-artifacts/publish-artifacts.service.js';
import { nothingToMove, refuse, type Grant, type GrantAnswer, type TargetOf } from '../grant-answer.js';

/** Chooses the key from what is held, never from what the worker says, and signs it. */
@Injectable()
export class SignTransfers {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    private readonly artifacts: PublishArtifacts,
    private readonly secrets: GrantSecrets,
  ) {}

  async sign(target: GrantTarget, held: HeldJob): Promise<GrantAnswer> {
    switch (target.kind) {
      case 'revision':
        if (held.revision === null) return refuse('no_revision', 'the job has no project revision');
        return { grant: await this.download(objectKeys.revision(held.revision_account_id, held.revision)) };
      case 'spec':
        return { grant: await this.download(specKey(target)) };
      case 'input':
        return this.readInput(target);
      case 'secrets':
        return this.secrets.grant(target.job_id, held.account_id);
      case 'result':
        return { grant: await this.upload(objectKeys.result(target.job_id, target.index, target.attempt)) };
      case 'output':
        return {
          grant: await this.upload(objectKeys.output(target.job_id, target.index, target.attempt, target.stream)),
        };
      case 'checkpoint':
        return { grant: await this.upload(objectKeys.checkpoint(target.job_id, target.index, target.attempt)) };
      case 'checkpoint_restore':
        return { grant: await this.restore(target) };
      case 'map_results':
        return this.readMapResults(target);
      case 'artifact':
        return this.announce(target, held.account_id);
      case 'artifact_uploaded':
        throw new Error('an upload is verified, not signed');
      default:
        return assertNever(target, 'grant target');
    }
  }

  /** Records the artifact; its bytes need no transfer when the account has them already. */
  private async announce(target: TargetOf<'artifact'>, account_id: string): Promise<GrantAnswer> {
    const { job_id, index, attempt, name, size_bytes, sha256 } = target;
    const announced = { id: newUuid(), account_id, job_id, index, attempt, filename: name, size_bytes, sha256 };
    const announcement = await insertArtifactIfUnpublished(this.database, announced);
    if (announcement.kind === 'taken')
      return refuse('artifact_exists', `another file named ${JSON.stringify(name)} of this attempt is published`);
    if (announcement.kind === 'being_removed')
      return refuse('storage_unavailable', 'earlier bytes of this content are being removed; ask again');
    const { id } = announcement;
    if (await this.isStored(objectKeys.artifact(account_id, sha256), { account_id, sha256, size_bytes })) {
      await this.artifacts.publish({ ...announced, id });
      return nothingToMove(id);
    }
    await beginUpload(this.database, { id, account_id }, null);
    await signUpload(this.database, id, SIGNED_FOR_S);
    return { grant: { ...(await this.upload(objectKeys.arrival(account_id, id))), artifact_id: id } };
  }

  private async restore({ job_id, index }: TargetOf<'checkpoint_restore'>): Promise<Grant> {
    const attempt = await readCheckpointAttempt(this.database, job_id, index);
    if (attempt === null) return { url: null, method: 'GET', headers: {} };
    return this.download(objectKeys.checkpoint(job_id, index, attempt));
  }

  /** Its key holds the run in which the reduce was planned. */
  private async readMapResults({ job_id, index }: TargetOf<'map_results'>): Promise<GrantAnswer> {
    const run = await readReduceRun(this.database, job_id, index);
    if (run === null) return refuse('no_map_results', `task ${index} is no reduce task`);
    return { grant: await this.download(objectKeys.mapResults(job_id, run, index)) };
  }

  private async readInput({ job_id, artifact_id }: TargetOf<'input'>): Promise<GrantAnswer> {
    const input = await readInput(this.database, job_id, artifact_id);
    if (!input) return refuse('unknown_artifact', 'it was deleted, or is no input of the job');
    return { grant: await this.download(objectKeys.artifact(input.account_id, input.sha256)) };
  }

  private async isStored(
    key: string,
    content: { account_id: string; sha256: string; size_bytes: number },
  ): Promise<boolean> {
    if (!(await isContentPublished(this.database, content))) return false;
    return (await this.store.head(key))?.size_bytes === content.size_bytes;
  }

  private async download(key: string): Promise<Grant> {
    return { url: await this.store.presignGet(key, { expires_s: SIGNED_FOR_S }), method: 'GET', headers: {} };
  }

  private async upload(key: string): Promise<Grant> {
    return { url: await this.store.presignPut(key, { expires_s: SIGNED_FOR_S }), method: 'PUT', headers: {} };
  }
}

const specKey = ({ job_id, part }: TargetOf<'spec'>) =>
  part === undefined ? objectKeys.spec(job_id) : objectKeys.specPart(job_id, part);
