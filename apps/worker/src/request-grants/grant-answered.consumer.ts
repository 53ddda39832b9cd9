import { grantAnswered, type BodyOf } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import { RequestGrants } from './request-grants.service.js';

@Controller()
export class GrantAnsweredConsumer {
  constructor(private readonly grants: RequestGrants) {}

  @HandleMessage(grantAnswered)
  async handle(batch: readonly BodyOf<typeof grantAnswered>[]): Promise<Outcome> {
    for (const answer of batch) this.grants.answer(answer);
    return done;
  }
}
