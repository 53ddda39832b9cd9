import { grantRequested } from '@computalot/contracts';
import { HandleMessage, done, type Outcome } from '@computalot/messaging';
import { Controller } from '@nestjs/common';
import type { GrantRequest } from '../grant-answer.js';
import { GrantTransfers } from './grant-transfers.service.js';

@Controller()
export class GrantRequestedConsumer {
  constructor(private readonly granter: GrantTransfers) {}

  @HandleMessage(grantRequested)
  async handle(batch: readonly GrantRequest[]): Promise<Outcome> {
    await this.granter.answer(batch);
    return done;
  }
}
