import { Global, Module, type DynamicModule } from '@nestjs/common';
import { SECRET_KEYS, type SecretKeys } from './secret-keys.js';

/** Gives every module SECRET_KEYS. */
@Global()
@Module({})
export class SecretsModule {
  static forRoot(keys: SecretKeys): DynamicModule {
    return {
      module: SecretsModule,
      providers: [{ provide: SECRET_KEYS, useValue: keys }],
      exports: [SECRET_KEYS],
    };
  }
}
