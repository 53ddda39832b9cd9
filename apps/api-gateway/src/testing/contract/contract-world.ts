import { Database } from '@computalot/database';
import { createTestDatabase } from '@computalot/testing';
import type { ApiDocument } from '../../describe-api/api-document.js';
import { externalSources, SHIPPED_RECIPES } from '../../gateway-options.js';
import { Recipes } from '../../keep-recipes/recipes.service.js';
import { LimitRate } from '../../limit-rate/limit-rate.service.js';
import { startGateway, type Gateway } from '../start-gateway.js';
import { Contract } from './contract.js';

/** A database that can be made to fail under everything that uses it. */
class FailingDatabase extends Database {
  fault: Error | null = null;

  constructor(url: string) {
    super({ url });
    const { pool } = this;
    // Prisma's way to the same connections.
    const [query, connect] = [pool.query.bind(pool), pool.connect.bind(pool)] as unknown as ((
      ..._: unknown[]
    ) => unknown)[];
    const unlessFailing = (go?: (..._: unknown[]) => unknown) =>
      ((...given: unknown[]) => (this.fault ? Promise.reject(this.fault) : go?.(...given))) as never;
    pool.query = unlessFailing(query);
    pool.connect = unlessFailing(connect);
  }

  override query: Database['query'] = async (sql, params) => {
    if (this.fault) throw this.fault;
    return Database.prototype.query.call(this, sql, params) as never;
  };

  override transaction: Database['transaction'] = async (work) => {
    if (this.fault) throw this.fault;
    return Database.prototype.transaction.call(this, work) as never;
  };
}

/** No artifact may lie there. */
export const REFUSED_ADDRESS = '127.0.0.2';

interface Account {
  readonly id: string;
  readonly key: string;
}

/** What the cases of the contract test play in: a gateway over a real database, and everybody who may call it. */
export interface ContractWorld {
  readonly contract: Contract;
  readonly gateway: Gateway;
  readonly database: Database;
  /** Whose requests they are unless said otherwise: an admin of the operator's account. */
  readonly owner: Account;
  /** A key of the owner's account that may only read. */
  readonly viewer: string;
  /** A key of the owner's account that is no admin's. */
  readonly member: string;
  /** Another account, whose key is an admin's, but no operator's. */
  readonly stranger: Account;
  /** A key of an account that may send no more requests for now. */
  spentKey(): Promise<string>;
  /** While `work` runs, every use of the database throws. */
  failing<T>(fault: Error, work: () => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

export async function createContractWorld(document: ApiDocument): Promise<ContractWorld> {
  const test = await createTestDatabase();
  const database = new FailingDatabase(test.url);
  const gateway = await startGateway(database, {
    recipesDir: SHIPPED_RECIPES,
    externalSources: { ...externalSources(false), addresses: { isRefused: (address) => address === REFUSED_ADDRESS } },
  });
  await gateway.app.get(Recipes).discover();
  const owner = await gateway.account('owner', 'admin');
  await database.query('UPDATE accounts SET is_operator = true WHERE id = $1', [owner.id]);
  const viewer = await gateway.keyOf(owner.id, 'viewer');
  const member = await gateway.keyOf(owner.id, 'member');
  const stranger = await gateway.account('stranger', 'admin');
  const spender = await gateway.account('spender', 'admin');
  return {
    contract: new Contract(gateway, document, owner.key),
    gateway,
    database,
    owner,
    viewer,
    member,
    stranger,
    spentKey: async () => {
      const { requests } = gateway.app.get(LimitRate);
      await requests.take(spender.id, requests.allowance.requests);
      return spender.key;
    },
    failing: async (fault, work) => {
      database.fault = fault;
      try {
        return await work();
      } finally {
        database.fault = null;
      }
    },
    end: async () => {
      await gateway.stop();
      await database.close();
      await test.drop();
    },
  };
}
