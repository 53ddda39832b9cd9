import { uploadRequested, type BodyOf } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { ServeUploads } from './serve-uploads.service.js';

@Controller()
export class UploadRequestedConsumer {
  constructor(private readonly uploads: ServeUploads) {}

  @HandleMessage(uploadRequested)
  async handle(batch: readonly BodyOf<typeof uploadRequested>[]): Promise<Outcome> {
    await this.uploads.serve(batch);
    return done;
  }
}
