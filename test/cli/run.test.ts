import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackend } from '../../operator/backend/server.ts';
import { spagent } from '../support/cli.ts';

describe('spagent', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'spagent-'))));
  afterEach(() => rm(directory, { recursive: true }));

  const file = async (name: string, content: string) => {
    const path = join(directory, name);
    await writeFile(path, content);
    return path;
  };

  describe('ends with code 2 after a usage error:', () => {
    const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
      ['an unknown command', ['frobnicate'], /unknown command 'frobnicate'/],
      ['no command', [], /Usage: spagent/],
      ['an unknown option', ['status', '--frob'], /unknown option '--frob'/],
      [
        'a format that does not exist',
        ['status', '-o', 'xml'],
        /Allowed choices are table, wide, name, json, yaml/,
      ],
      ['a name and all namespaces', ['status', 'checkout', '-A'], /either a name or --all-namespaces/],
      ['a bad digest', ['render', '-f', 'x', '--digest', '123'], /64 hex digits/],
      ['a bad duration', ['remove', 'x', '--timeout', '5'], /duration such as 30s/],
      ['a bad port', ['backend', '--port', '70000'], /a port is 0 to 65535/],
      ['a shell that does not exist', ['completion', 'csh'], /Allowed choices are bash, zsh, fish/],
      ['a bad selector', ['deploy', 'x', '-l', 'app'], /labels as key=value/],
      [
        'a selector that no label can have',
        ['deploy', 'x', '-l', 'app=a b', '--dry-run'],
        /spec\.selector\.matchLabels/,
      ],
      [
        'a name that no agent can have',
        ['deploy', 'Check_Out.x', '-l', 'app=a', '--dry-run'],
        /SpAgent default\/Check_Out\.x: metadata\.name/,
      ],
      [
        'a file of agents that is not there',
        ['render', '-f', '/nowhere'],
        /^error: --file \/nowhere: no such file or directory; /,
      ],
      [
        'a source that is not there',
        ['build', '--source', '/nowhere'],
        /^error: --source \/nowhere: no such file or directory; /,
      ],
    ];
    for (const [name, words, message] of cases) {
      it(name, async () => {
        const { code, note, out } = await spagent(...words);
        assert.match(note, message);
        assert.equal(code, 2);
        assert.equal(out, '');
      });
    }
  });

  describe('ends with code 1 when something fails:', () => {
    const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
      [
        'no kubeconfig',
        ['status', '--kubeconfig', '/nowhere'],
        /^error: stat \/nowhere: no such file or directory; give --kubeconfig/,
      ],
      [
        'no Envoy',
        ['test', '--envoy', '/nowhere/envoy'],
        /^error: --envoy \/nowhere\/envoy: not an executable file/,
      ],
    ];
    for (const [name, words, message] of cases) {
      it(name, async () => {
        const { code, note } = await spagent(...words);
        assert.match(note, message);
        assert.doesNotMatch(note, /\n {4}at /, 'no stack without --debug');
        assert.equal(code, 1);
      });
    }
  });

  it('shows the stack with --debug', async () => {
    const { note } = await spagent('--debug', 'test', '--envoy', '/nowhere/envoy');
    assert.match(note, /\n {4}at /);
  });

  it('says that an API server cannot be reached', async () => {
    const kubeconfig = await file(
      'kubeconfig',
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    );
    const status = await spagent('status', '--kubeconfig', kubeconfig);
    assert.equal(status.code, 1);
    assert.match(status.note, /the API server cannot be reached/);
    const doctor = await spagent('doctor', '--kubeconfig', kubeconfig);
    assert.equal(doctor.code, 1);
    assert.match(doctor.out, /^✗ API server: .*\n {2}→ /);
  });

  describe('render', () => {
    const agent = (name: string) =>
      `apiVersion: softprobe.ai/v1alpha1\nkind: SpAgent\nmetadata: {name: ${name}}\nspec: {backend: {url: "https://backend.example"}, selector: {matchLabels: {app: ${name}}}}\n`;
    const digest = 'a'.repeat(64);

    it('prints the same resources each time, of every agent in the file', async () => {
      const path = await file('agents.yaml', `${agent('one')}---\nkind: ConfigMap\n---\n${agent('two')}`);
      const words = ['render', '-f', path, '-n', 'shop', '--digest', digest];
      const first = await spagent(...words);
      assert.equal(first.code, 0);
      assert.deepEqual(
        first.note.match(/^SpAgent shop\/\w+: revision [0-9a-f]{12}$/gm)?.map((line) => line.split(':')[0]),
        ['SpAgent shop/one', 'SpAgent shop/two'],
      );
      assert.match(
        first.out,
        /kind: EnvoyFilter[^]*name: one-[0-9a-f]{12}[^]*kind: EnvoyFilter[^]*name: two-/,
      );
      assert.equal((await spagent(...words)).out, first.out);
    });

    it('renders for what the mesh has', async () => {
      const path = await file('agent.yaml', agent('one'));
      const kinds = ['--istio-kinds', 'WasmPlugin', 'ServiceEntry', 'DestinationRule'];
      const { out } = await spagent('render', '-f', path, '--digest', digest, ...kinds);
      assert.match(out, /kind: WasmPlugin/);
    });

    it('names the field that is wrong', async () => {
      const path = await file('agent.yaml', agent('one').replace('matchLabels', 'matchLabel'));
      const { code, note } = await spagent('render', '-f', path, '--digest', digest);
      assert.equal(code, 1);
      assert.match(note, /SpAgent default\/one: spec\.selector/);
    });

    it('names file and flag of a module that does not exist', async () => {
      const path = await file('agent.yaml', agent('one'));
      const { code, note } = await spagent('render', '-f', path, '--module', '/nowhere');
      assert.match(
        note,
        /^error: --module \/nowhere: no such file or directory; spagent build makes a module/,
      );
      assert.equal(code, 2);
    });

    const filtered = (filter: string) => agent('one').replace('spec: {', `spec: {filter: ${filter}, `);

    it('takes the digest that the agent pins', async () => {
      const url = 'https://modules.example/f.wasm';
      const path = await file('agent.yaml', filtered(`{url: "${url}", digest: ${digest}}`));
      const { out } = await spagent('render', '-f', path);
      assert.match(out, new RegExp(`filters/${digest}\\.wasm`));
    });

    it('builds the bundled filter as the agent asks for', async () => {
      const path = await file('agent.yaml', filtered('{build: {optimize: 0}}'));
      const built = await spagent('build', '--optimize', '0', '-f', join(directory, 'zero.wasm'));
      const { out } = await spagent('render', '-f', path);
      assert.match(out, new RegExp(`filters/${built.out.slice(0, 64)}\\.wasm`));
    });

    const unknowable = [
      [
        '{url: "https://modules.example/f.wasm"}',
        /spec\.filter\.url without digest: give --module or --digest/,
      ],
      ['{build: {configMap: {name: mine}}}', /spec\.filter\.build\.configMap .*: give --module or --digest/],
    ] as const;
    for (const [filter, message] of unknowable) {
      it(`asks for the module of ${filter}`, async () => {
        const path = await file('agent.yaml', filtered(filter));
        const { code, note, out } = await spagent('render', '-f', path);
        assert.match(note, message);
        assert.match(note, /SpAgent default\/one: /);
        assert.deepEqual([code, out], [1, '']);
        const given = await spagent('render', '-f', path, '--digest', digest);
        assert.match(given.out, new RegExp(`filters/${digest}\\.wasm`));
      });
    }

    const refused: readonly (readonly [string, string, RegExp])[] = [
      [
        'unknown fields',
        `${agent('one').replace('spec: {', 'spec: {capture: {rules: [{hosts: x}]}, lookups: {}, ')}extra: 1\n`,
        /unknown field extra, spec\.capture\.rules\[0\]\.hosts, spec\.lookups;/,
      ],
      [
        'another version of the API',
        agent('one').replace('v1alpha1', 'v9'),
        /apiVersion is "softprobe\.ai\/v9"/,
      ],
      ['an object without a version', agent('one').replace(/^.*\n/, ''), /apiVersion is missing/],
      [
        'a name with a dot',
        agent('one').replace('name: one', 'name: one.two'),
        /metadata\.name: must have at most 46 /,
      ],
      [
        'a name in capitals',
        agent('one').replace('name: one', 'name: One'),
        /metadata\.name: must have at most 46 /,
      ],
      ['a name that is too long', agent('o'.repeat(47)), /metadata\.name: must have at most 46 /],
    ];
    for (const [what, yaml, message] of refused) {
      it(`refuses ${what}`, async () => {
        const { code, note, out } = await spagent(
          ...['render', '-f', await file('agent.yaml', yaml), '--digest', digest],
        );
        assert.match(note, /^error: SpAgent default\/\S+: /);
        assert.match(note, message);
        assert.deepEqual([code, out], [1, '']);
      });
    }

    it('says of its own module that it refuses the configuration, in terms of the spec', async () => {
      const spec = 'spec: {capture: {rules: [{path: {regex: "("}}]}, ';
      const path = await file('agent.yaml', agent('one').replace('spec: {', spec));
      const { code, note, out } = await spagent('render', '-f', path);
      assert.match(
        note,
        /SpAgent default\/one: the filter refuses its configuration: spec\.capture\.rules\[0\]\.path\.regex: "\(" at 1: missing \)/,
      );
      assert.equal(code, 1);
      assert.equal(out, '');
    });

    it('says that a file holds no agent, or no YAML', async () => {
      const none = await spagent('render', '-f', await file('none.yaml', 'kind: Pod\n'), '--digest', digest);
      assert.match(none.note, /none\.yaml: holds no SpAgent/);
      const broken = await spagent('render', '-f', await file('broken.yaml', '{'), '--digest', digest);
      assert.match(broken.note, /broken\.yaml: not YAML/);
    });
  });

  describe('backend', () => {
    it('asks for another port when its own is in use', async () => {
      await using other = await createBackend({ data: ':memory:' });
      const { code, note } = await spagent('backend', '--port', String(other.port), '--data', ':memory:');
      assert.equal(note, `error: --port ${other.port} is in use; give another\n`);
      assert.equal(code, 2);
    });

    const unusable = [
      [
        '--host',
        '192.0.2.1',
        /^error: --host 192\.0\.2\.1 is not an address of this machine; give another\n$/,
      ],
      ['--data', '/dev/null/x', /^error: --data \/dev\/null\/x: its directory cannot be made; /],
      ['--data', '/dev', /^error: --data \/dev cannot be used as a database; /],
    ] as const;
    for (const [flag, value, message] of unusable) {
      it(`asks for another ${flag} than ${value}`, async () => {
        const { code, note } = await spagent('backend', '--port', '0', '--data', ':memory:', flag, value);
        assert.match(note, message);
        assert.equal(code, 2);
      });
    }
  });

  it('deploy --dry-run prints what it would apply', async () => {
    const { code, out } = await spagent(
      ...['deploy', 'checkout', '-n', 'shop', '-l', 'app=checkout', '--dry-run'],
      ...['--direction', 'Both', '--public-key-secret', 'softprobe:key', '--backend', 'https://b.example'],
    );
    assert.equal(code, 0);
    assert.equal(
      out,
      [
        'apiVersion: softprobe.ai/v1alpha1',
        'kind: SpAgent',
        'metadata:',
        '  name: checkout',
        '  namespace: shop',
        'spec:',
        '  selector:',
        '    matchLabels:',
        '      app: checkout',
        '  direction: Both',
        '  backend:',
        '    url: https://b.example',
        '    publicKeySecret:',
        '      name: softprobe',
        '      key: key',
        '',
      ].join('\n'),
    );
  });
});
