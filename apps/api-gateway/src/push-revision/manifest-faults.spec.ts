import { describe, expect, test } from '@jest/globals';
import { readManifest } from './read-manifest.js';

const refusalOf = (text: string) => {
  try {
    return { manifest: readManifest(Buffer.from(text)) };
  } catch (error) {
    const { code, detail, extra } = error as { code: string; detail: string; extra: { errors?: object[] } };
    return { code, detail, errors: extra.errors };
  }
};

describe('a manifest', () => {
  test('with everything in it is taken as it is', () => {
    const command = ['python3', '-m', 'venv', '.venv'];
    const manifest = {
      $schema: '/schemas/project.json',
      version: 1,
      runtime: {
        kind: 'process',
        workdir: 'src',
        sandbox: 'auto',
        init: { commands: [{ label: 'venv', command, cwd: 'a/..b', env: { A: '1' } }] },
        services: [
          { name: 'cache', command: ['redis-server'], health: { tcp: true, interval_s: 1 }, start_timeout_s: 5 },
          { name: 'api', command: ['api'], health: { http: '/ok' } },
        ],
      },
      entrypoint: { command: ['./run'] },
      validation: { executables: ['cc'], files: ['.venv/bin/python'], commands: [{ command: ['true'] }] },
    };
    expect(refusalOf(JSON.stringify(manifest))).toEqual({ manifest });
  });

  test.each<[string, string, string, string | RegExp]>([
    ['an unknown field', '{"runtme": {}}', '/runtme', 'line 1, column 2: unknown field; did you mean runtime?'],
    [
      'a field that is nothing like a known one',
      '{"x": {}}',
      '/x',
      /column 2: unknown field; known here: .*entrypoint/,
    ],
    ['another version', '{\n "version": 2}', '/version', 'line 2, column 2: must be 1'],
    ['another kind', '{"runtime": {"kind": "vm"}}', '/runtime/kind', /column 14: must be "process" or "oci"\. process/],
    [
      'a shell line',
      '{"entrypoint":{"command":"sh run"}}',
      '/entrypoint/command',
      /must be array\. .*not a shell line/,
    ],
    ['no command', '{"runtime":{"services":[{"name":"a"}]}}', '/runtime/services/0', /lacks the field command: add it/],
    [
      'no program',
      '{"entrypoint":{"command":[""]}}',
      '/entrypoint/command/0',
      'line 1, column 27: must name a program',
    ],
    [
      'a check of two kinds',
      '{"runtime":{"services":[{"name":"a","command":["a"],"health":{"tcp":true,"http":"/"}}]}}',
      '/runtime/services/0/health',
      /One of: /,
    ],
    [
      'services of one variable',
      '{"runtime":{"services":[{"name":"a-b","command":["a"]},{"name":"A_B","command":["a"]}]}}',
      '/runtime/services/1/name',
      /is taken by an earlier service/,
    ],
    ['a way out', '{"validation":{"files":["a/../../b"]}}', '/validation/files/0', /Relative to the project's root/],
    ['an absolute folder', '{"runtime":{"workdir":"/tmp"}}', '/runtime/workdir', /Folder of the project/],
    ['an image for a process', '{"build":{}}', '/build', /set runtime.kind to "oci", or remove build/],
    ['a list', '[]', '', 'must be a JSON object'],
  ])('%s is told where and what', (_name, text, pointer, detail) => {
    const refused = refusalOf(text);
    expect(refused).toMatchObject({ code: 'invalid_manifest', errors: [{ pointer }] });
    const expected = typeof detail === 'string' ? detail : expect.stringMatching(detail);
    expect(refused.errors).toEqual([{ pointer, detail: expected }]);
  });

  test.each([
    ['{\n"version": 1,\n}', 'line 3, column 1'],
    ['{"version": 1', 'line 1, column 14'],
    ['', 'is empty'],
  ])('broken JSON %j is told where: %s', (text, place) => {
    expect(refusalOf(text)).toMatchObject({ code: 'invalid_manifest', detail: expect.stringContaining(place) });
  });
});
