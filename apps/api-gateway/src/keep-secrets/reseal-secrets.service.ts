import { DATABASE, resealSecrets, SECRET_KEYS, type Database, type SecretKeys } from '@computalot/database';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

/** At start, seals with the first secrets key what an earlier one sealed, so that the earlier one can be taken away. */
@Injectable()
export class ResealSecrets implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ResealSecrets.name);
  private done: Promise<void> = Promise.resolve();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SECRET_KEYS) private readonly keys: SecretKeys,
  ) {}

  onApplicationBootstrap(): void {
    this.done = this.run().catch((error: Error) =>
      this.logger.warn(`secrets were not sealed anew, the next start tries again: ${error.message}`),
    );
  }

  onModuleDestroy(): Promise<void> {
    return this.done;
  }

  private async run(): Promise<void> {
    const { resealed, unopened } = await resealSecrets(this.database, this.keys);
    if (resealed > 0) this.logger.log(`sealed ${resealed} secrets with the first secrets key`);
    if (unopened > 0)
      this.logger.warn(
        `${unopened} secrets open with none of the secrets keys: give the missing key, or set them again`,
      );
  }
}
