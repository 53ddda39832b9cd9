import {
  Module,
  type DynamicModule,
  type FactoryProvider,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { OUTBOX_RELAY, OutboxRelay, type OutboxSource } from './outbox/outbox-relay.js';
import { PUBLISHER } from './publisher.js';
import { TRANSPORT, type Transport } from './transport.js';

export interface MessagingModuleOptions {
  /**
   * Where this process finds its outbox, e.g. `{ inject: [DATABASE], useFactory: (database) => … }` with a global database module. Without it
   * there is no {@link OUTBOX_RELAY}.
   */
  readonly outbox?: Pick<FactoryProvider<OutboxSource>, 'inject' | 'useFactory'>;
}

const OUTBOX_SOURCE = Symbol('OUTBOX_SOURCE');
const LIFECYCLE = Symbol('MESSAGING_LIFECYCLE');

/** Nest closes the strategies first, so that at shutdown every handler has ended and what it owes can still leave. */
class MessagingLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly transport: Transport,
    private readonly relay: OutboxRelay | null,
  ) {}

  onApplicationBootstrap(): void {
    this.relay?.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.relay?.stop();
    await this.relay?.runOnce().catch(() => 0);
    await this.transport.close();
  }
}

/** Global: every module of the process gets PUBLISHER, TRANSPORT and, where an outbox was given, OUTBOX_RELAY. */
@Module({})
export class MessagingModule {
  static forRoot(transport: Transport, { outbox }: MessagingModuleOptions = {}): DynamicModule {
    const relayProviders: FactoryProvider[] = outbox
      ? [
          { provide: OUTBOX_SOURCE, ...outbox },
          {
            provide: OUTBOX_RELAY,
            inject: [OUTBOX_SOURCE],
            useFactory: (source: OutboxSource) => new OutboxRelay({ source, publisher: transport.publisher }),
          },
        ]
      : [];
    const lifecycle: FactoryProvider = {
      provide: LIFECYCLE,
      inject: outbox ? [OUTBOX_RELAY] : [],
      useFactory: (relay?: OutboxRelay) => new MessagingLifecycle(transport, relay ?? null),
    };
    return {
      module: MessagingModule,
      global: true,
      providers: [
        { provide: TRANSPORT, useValue: transport },
        { provide: PUBLISHER, useValue: transport.publisher },
        ...relayProviders,
        lifecycle,
      ],
      exports: [TRANSPORT, PUBLISHER, ...(outbox ? [OUTBOX_RELAY] : [])],
    };
  }
}
