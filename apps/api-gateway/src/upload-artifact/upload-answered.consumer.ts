import { uploadAnswered, type BodyOf } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { AskArtifact } from './ask-artifact.service.js';

@Controller()
export class UploadAnsweredConsumer {
  constructor(private readonly artifacts: AskArtifact) {}

  @HandleMessage(uploadAnswered)
  async handle(batch: readonly BodyOf<typeof uploadAnswered>[]): Promise<Outcome> {
    for (const answer of batch) this.artifacts.answer(answer);
    return done;
  }
}
