import { SIGNED_FOR_S, uploadAnswered, type BodyOf, type uploadRequested } from '@computalot/contracts';
import { DATABASE, signUpload, type Database } from '@computalot/database';
import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { VerifyUploads } from './verify-uploads.service.js';

type UploadRequest = BodyOf<typeof uploadRequested>;

/** Answers gateways, which may not sign. The key is that of the artifact's upload, and is never in the request. */
@Injectable()
export class ServeUploads {
  private readonly logger = new Logger(ServeUploads.name);

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    private readonly verifier: VerifyUploads,
  ) {}

  /** Resolves when all URLs of the batch are signed; verifying goes on beyond that. A request that fails is not answered: the gateway gives up. */
  async serve(batch: readonly UploadRequest[]): Promise<void> {
    for (const request of batch) if (request.action === 'verify') void this.verify(request);
    await Promise.all(batch.filter(({ action }) => action === 'sign').map((request) => this.sign(request)));
  }

  private async verify(request: UploadRequest): Promise<void> {
    if (await this.verifier.verify(request.artifact_id)) this.answer(request, []);
  }

  private async sign(request: UploadRequest): Promise<void> {
    try {
      this.answer(request, await this.urlsOf(request));
    } catch (error) {
      this.logger.error(`URLs for artifact ${request.artifact_id} could not be signed`, error);
    }
  }

  private async urlsOf({ artifact_id, parts }: UploadRequest): Promise<string[] | null> {
    const upload = await signUpload(this.database, artifact_id, SIGNED_FOR_S);
    if (!upload) return null;
    const { account_id, multipart_id } = upload;
    const key = objectKeys.arrival(account_id, artifact_id);
    const options = { expires_s: SIGNED_FOR_S };
    if (multipart_id === null) return [await this.store.presignPut(key, options)];
    return Promise.all(parts.map((part) => this.store.presignPart(key, multipart_id, part, options)));
  }

  private answer({ request_id, gateway_id }: UploadRequest, urls: string[] | null): void {
    this.publisher.send(uploadAnswered, { request_id, urls }, gateway_id);
  }
}
