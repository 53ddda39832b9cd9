import type { WebhookSecretObject } from '@computalot/contracts';
import { audited, DATABASE, keepWebhookSecret, rotateWebhookSecret, type Database } from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { Controller, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { actorOf } from '../authenticate/actor-of.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiBodyOf } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { Refusal } from '../problems/refusal.js';
import { faultsOf } from '../submit-job/faults.js';
import { webhookSecretObject } from './webhook-view.js';

/** As long as a delivery is tried. */
const PREVIOUS_VALID_S = 24 * 3_600;
const MOST_VALID_S = 30 * PREVIOUS_VALID_S;

export class RotateWebhookSecretDto {
  @ApiPropertyOptional({
    minimum: 0,
    maximum: MOST_VALID_S,
    default: PREVIOUS_VALID_S,
    description: 'Seconds for which the secret before signs too. 0 after a leak.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_VALID_S)
  previous_valid_s?: number;
}

/** What receivers check the signatures of webhooks with. For admins of the account. */
@ApiTags('account')
@ApiBearerAuth()
@Controller('api/v1/account/webhook-secret')
export class WebhookSecretController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @ApiOperation({
    operationId: 'getWebhookSecret',
    summary: 'The secret that signs the webhooks of this account',
    description: 'As Standard Webhooks 1.0 writes it: give it to the library that checks the signatures.',
  })
  @ApiBodyOf(200, 'WebhookSecret', 'The secret.')
  async get(@Req() request: FastifyRequest): Promise<WebhookSecretObject> {
    const secret = await keepWebhookSecret(this.database, principalOf(request).account_id);
    if (!secret) throw accountGone();
    return webhookSecretObject(secret);
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'rotateWebhookSecret',
    summary: 'Replace the secret that signs the webhooks of this account',
    description:
      'For a while both secrets sign, each with a signature of its own in `webhook-signature`: receivers that know either accept. A second rotation ends the first secret.',
  })
  @ApiBody({ type: RotateWebhookSecretDto })
  @ApiBodyOf(200, 'WebhookSecret', 'The new secret.')
  async rotate(@Req() request: FastifyRequest): Promise<WebhookSecretObject> {
    const { value } = requireJson(request);
    const faults = faultsOf(RotateWebhookSecretDto, value);
    if (faults.length > 0) throw Refusal.invalid(faults);
    const { previous_valid_s = PREVIOUS_VALID_S } = value as unknown as RotateWebhookSecretDto;
    const { account_id } = principalOf(request);
    const change = { action: 'webhook_secret.rotated', account_id, target: encodeId('acc', account_id) } as const;
    const rotated = await audited(this.database, actorOf(request), change, (tx) =>
      rotateWebhookSecret(tx, account_id, previous_valid_s),
    );
    if (!rotated) throw accountGone();
    return webhookSecretObject(rotated);
  }
}

const accountGone = (): Refusal => new Refusal('unauthorized', 'The account of this API key is gone.');
