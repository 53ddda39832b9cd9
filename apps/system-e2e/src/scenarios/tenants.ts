import { describe, expect, test } from '@jest/globals';
import { Api } from '../stage/api.js';
import { RUNNERS, type Stage } from '../stage/stage.js';

interface Problem {
  readonly code: string;
  readonly status: number;
  readonly recommended_action: string;
  readonly errors?: readonly { pointer: string; detail: string }[];
}

export function tenants(stage: () => Stage): void {
  describe('accounts', () => {
    test('another account finds nothing of a job', async () => {
      const { user, operator } = stage();
      const { id } = await user.run({ project: RUNNERS, runner_command: ['/bin/true'], tags: ['mine'] });
      const stranger = await operator.newAccount(`stranger-${id}`);
      for (const path of [
        `/jobs/${id}`,
        `/jobs/${id}/tasks`,
        `/jobs/${id}/output`,
        `/jobs/${id}/stream`,
        `/results/${id}`,
      ]) {
        expect({ path, status: (await stranger.call('GET', path)).status }).toEqual({ path, status: 404 });
      }
      expect((await stranger.call('PUT', `/jobs/${id}/cancel`)).status).toBe(404);
      expect(await stranger.client.listJobs({ tag: ['mine'] })).toMatchObject({ jobs: [], next_cursor: null });
      expect((await stranger.call('GET', `/projects/${RUNNERS}`)).status).toBe(404);
      const taken = await stranger.call<Problem>('POST', '/jobs', { project: RUNNERS, runner_command: ['/bin/true'] });
      expect([404, 422]).toContain(taken.status);
      expect((await user.client.listJobs({ tag: ['mine'] })).jobs.map((job) => job.id)).toEqual([id]);
    });

    test('a secret reaches the program and nobody else', async () => {
      const { user } = stage();
      const value = `hunter2-${'x'.repeat(20)}`;
      const secret = await user.call('PUT', '/account/secrets', { name: 'API_TOKEN', value });
      expect(secret.status).toBe(200);
      const { id } = await user.run({
        project: RUNNERS,
        // Split, so that no single write holds the whole of it.
        runner_command: ['sh', '-c', 'printf %s "${API_TOKEN%xxxxx}"; sleep 0.2; echo "xxxxx is ${#API_TOKEN} long"'],
        secrets: ['API_TOKEN'],
      });
      const [output, job, tasks] = await Promise.all(
        ['/output', '', '/tasks'].map((view) => user.call(`GET`, `/jobs/${id}${view}`, undefined, { accept: '*/*' })),
      );
      expect(output?.body).toBe(`*** is ${value.length} long\n`);
      expect(JSON.stringify([secret.body, job?.body, tasks?.body])).not.toContain(value);
      expect(job?.body).toMatchObject({ secrets: ['API_TOKEN'] });
    });

    test('no key, a wrong key and a viewer are told apart', async () => {
      const { user, operator } = stage();
      const job = { project: RUNNERS, runner_command: ['/bin/true'] };
      expect((await new Api(user.url, 'flk_wrong').call('GET', '/jobs')).status).toBe(401);
      const viewer = await operator.newAccount(`viewer-${Date.now()}`, 'viewer');
      expect((await viewer.call('GET', '/jobs')).status).toBe(200);
      expect((await viewer.call('POST', '/jobs', job)).status).toBe(403);
      expect((await user.call('POST', '/admin/accounts', { name: 'x' })).status).toBe(403);
    });
  });

  describe('requests that cannot be', () => {
    const base = { project: RUNNERS, runner_command: ['/bin/true'] };
    test.each<readonly [name: string, status: number, body: unknown, pointer: string | null]>([
      ['malformed JSON', 400, '{"project": ', null],
      ['an unknown field', 422, { ...base, runer_command: [] }, '/runer_command'],
      ['two shapes', 422, { ...base, fan_out: { by: 'ks', items: [{}] }, payload: { ks: [1] } }, '/fan_out'],
      ['more chunks than there is', 422, { ...base, fan_out: { chunks: 3, range_field: 'n', total: 2 } }, '/fan_out'],
      ['a fan-out over nothing', 422, { ...base, fan_out: { by: 'ks' }, payload: {} }, '/'],
      ['a project that is not there', 422, { ...base, project: 'nowhere' }, '/project'],
    ])('%s is refused with what to do', async (_, status, body, pointer) => {
      const answer = await stage().user.call<Problem>('POST', '/jobs', body);
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toMatch('application/problem+json');
      expect(answer.body).toMatchObject({ status, code: expect.any(String), recommended_action: expect.any(String) });
      if (pointer) expect(answer.body.errors?.map((each) => each.pointer).join(' ')).toContain(pointer);
    });
  });
}
