import { Global, Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { DATABASE, Database } from './database.js';
import { createPrisma, PRISMA, type PrismaClient } from './prisma.js';

/** Gives every module DATABASE and PRISMA, on one pool, and closes it when the application has shut down. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PRISMA) private readonly prisma: PrismaClient,
  ) {}

  /** The module owns `database` from here on. */
  static forRoot(database: Database): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        { provide: DATABASE, useValue: database },
        { provide: PRISMA, useFactory: () => createPrisma(database) },
      ],
      exports: [DATABASE, PRISMA],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.prisma.$disconnect();
    await this.database.close();
  }
}
