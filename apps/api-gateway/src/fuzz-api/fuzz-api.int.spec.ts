import { fuzzRuns, jobFaults } from '@computalot/testing';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { operationsOf, type ApiDocument } from '../describe-api/api-document.js';
import { buildDocument } from '../describe-api/build-document.js';
import { AnswerCheck } from '../testing/contract/answer-check.js';
import { contractCases } from '../testing/contract/cases/index.js';
import { createContractWorld, type ContractWorld } from '../testing/contract/contract-world.js';
import { fuzzedRequests, type FuzzedRequest } from '../testing/fuzz/fuzzed-requests.js';
import { sendFuzzed } from '../testing/fuzz/send-fuzzed.js';

/** Requests of each operation; `FUZZ_RUNS` sets it for long runs. */
const RUNS = 40;
jest.setTimeout(process.env.FUZZ_RUNS ? 3_600_000 : 120_000);

const document = (await buildDocument()) as unknown as ApiDocument;
const operations = operationsOf(document).map((placed) => ({ ...placed, id: placed.operation.operationId }));
const check = new AnswerCheck(document);

let world: ContractWorld;
beforeAll(async () => {
  world = await createContractWorld(document);
  // So that there is something to ask for.
  for (const play of Object.values(contractCases)) await play(world);
});
afterAll(() => world?.end());

describe.each(operations)('$id', (placed) => {
  test('answers whatever it is asked: in time, as documented, and never that it failed', async () => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fuzzedRequests(document, placed, world.contract.goodAsk(placed.id)), async (request) => {
        const answer = await sendFuzzed(world.gateway.url, world.owner.key, request);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        if (answer.status >= 500) throw new Error(`${answer.status}: ${answer.text}`);
        expect(faults(placed.id, request, answer)).toEqual([]);
      }),
      fuzzRuns(RUNS),
    );
    // A fuzzer that is refused at the door tests the door. What can be done once was done by its case.
    // What its case deleted is gone.
    const done = placed.method === 'delete' ? [404, 409] : [409];
    expect([...statuses.keys()].some((status) => status < 300 || done.includes(status))).toBe(true);
  });
});

function faults(operationId: string, { url }: FuzzedRequest, answer: Parameters<AnswerCheck['faults']>[1]): string[] {
  // A segment that is too long for the router leads to no operation at all.
  if (answer.status === 404 && answer.text.includes('"route_not_found"') && /[^/?]{300}/.test(url)) return [];
  return check.faults(operationId, answer);
}

test('nothing is half written: every job has its submission, its counts, and the message that announces it', async () => {
  expect(await jobFaults(world.database)).toEqual([]);
  const silent = await world.database.query(
    `SELECT id FROM jobs j WHERE status = 'planning' AND NOT EXISTS (SELECT FROM outbox o WHERE o.type = 'job.submitted' AND o.body::text LIKE '%' || j.id || '%')`,
  );
  expect(silent).toEqual([]);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
