import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from '../../hack/tools/tool.ts';
import { spagent, startSpagent } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';

describe('spagent test', () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'spagent-test-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const agentFile = async (spec: string) => {
    const file = join(directory, 'agent.yaml');
    const head = 'apiVersion: softprobe.ai/v1alpha1\nkind: SpAgent\nmetadata: {name: a}\n';
    await writeFile(file, `${head}spec: {selector: {matchLabels: {app: a}}, ${spec}}\n`);
    return file;
  };
  const test = async (...words: string[]) => spagent('test', '--envoy', await tool('envoy'), ...words);

  it('runs the bundled filter in a real Envoy: miss, save and hit, with and without a body', async () => {
    const { code, out, note } = await test();
    assert.equal(code, 0, note);
    const passed = out.split('\n').filter((line) => line.startsWith('✓'));
    assert.equal(passed.length, 8, out);
    assert.match(out, /✓ POST with a body: hit, the recorded answer without upstream/);
    assert.match(note, /SP default\/local configured/);
  });

  it('tries lookup, record and replay of an SpAgent whatever its mode, rules and ports', async () => {
    const capture = '{ports: [9], rules: [{path: {prefix: /api}}], statuses: [5xx], sample: 0%}';
    const file = await agentFile(`mode: Record, lookup: {methods: [GET]}, capture: ${capture}`);
    const { code, note } = await test('--file', file);
    assert.equal(code, 0, note);
  });

  it('--keep leaves Envoy, the recordings and the log at hand until Ctrl-C', async () => {
    const interrupt = new AbortController();
    const words = ['test', '--envoy', await tool('envoy'), '--keep'];
    const running = startSpagent({ interrupted: interrupt.signal }, ...words);
    await eventually('everything is up', () => running.out().includes('Ctrl-C stops everything'), 120_000);
    const urlAfter = (title: string) =>
      new RegExp(`^${title}.*?(http://[0-9.:]+)`, 'm').exec(running.out())?.[1] ?? '';
    const proxy = urlAfter('through the filter');
    const urls = [`${proxy}/anything`, urlAfter('recordings'), `${urlAfter("Envoy's admin page")}/ready`];
    for (const url of urls) {
      const headers = { 'x-softprobe-session-id': 'mine' };
      assert.equal((await fetch(url, { headers })).status, 200, url);
    }
    assert.match(running.note(), /SP default\/local configured/);
    await eventually('the log shows the request', () =>
      /SP lookup_misses GET \S+\/anything/.test(running.note()),
    );
    interrupt.abort();
    assert.equal((await running.result).code, 0);
    for (const url of urls) await assert.rejects(fetch(url), url);
  });

  describe('--request', () => {
    const words = (request: string, file: string) => ['-f', file, '--request', request];

    it('shows what the rules of a spec do with a request', async () => {
      const file = await agentFile('capture: {rules: [{methods: [GET], path: {prefix: /api}}]}');
      const hit = await test(...words('GET http://cart.shop/api/x?y=1', file));
      assert.equal(hit.code, 0, hit.note);
      assert.match(hit.out, /^request {3}GET http:\/\/cart\.shop\/api\/x\?y=1$/m);
      assert.match(hit.out, /^first {5}lookup: miss; went upstream; status 200$/m);
      assert.match(
        hit.out,
        /^recorded {2}yes; this is what the backend got:\n {10}GET cart\.shop\/api\/x\?y=1, outbound$/m,
      );
      assert.match(hit.out, /^second {4}lookup: hit; replayed, without upstream; status 200$/m);
      const other = await test(...words('GET /other', file));
      assert.match(other.out, /^first {5}not looked up; went upstream; status 200\nrecorded {2}no$/m);
    });

    it('shows what is redacted', async () => {
      const file = await agentFile('mode: Record, capture: {redactJsonFields: [pin], redactQuery: [code]}');
      const request = words('POST /pay?code=secret-1', file);
      const sent = ['-H', 'authorization: Bearer secret-2', 'content-type: application/json'];
      const { out } = await test(...request, ...sent, '--body', '{"pin": "secret-3", "amount": 3}');
      assert.match(out, /^ +authorization: \[redacted/m);
      assert.match(out, /"amount": ?3/);
      assert.doesNotMatch(out.split('recorded')[1] ?? '', /secret-/);
    });

    it('follows mode, direction and statuses', async () => {
      const both = await agentFile('direction: Both, mode: Record, capture: {statuses: [2xx]}');
      const { out } = await test(...words('GET /a', both));
      assert.match(
        out,
        /Envoy runs it, inbound\n[^]*GET localhost\/a, inbound\n[^]*Envoy runs it, outbound\n/,
      );
      assert.match(out, /^second {4}not looked up; went upstream/m);
      const failed = await test(...words('GET /a', both), '--upstream-status', '503');
      assert.match(failed.out, /^recorded {2}no$/m);
    });

    it('runs a custom filter with its own configuration', async () => {
      const source = join(directory, 'own');
      const module = join(directory, 'own.wasm');
      await mkdir(source);
      await writeFile(
        join(source, 'index.ts'),
        'export function proxy_abi_version_0_2_1(): void {}\nexport function malloc(size: usize): usize { return heap.alloc(size); }\n',
      );
      const built = await spagent('build', '--source', source, '-f', module);
      assert.equal(built.code, 0, built.note);
      const file = await agentFile('filter: {config: {greeting: hello}}');
      const { code, out, note } = await test('--module', module, ...words('GET /a', file));
      assert.equal(code, 0, note);
      assert.match(out, /^first {5}not looked up; went upstream; status 200$/m);
    });

    const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
      ['a request without a method', ['--request', '/a'], /give a method and a path/],
      ['a header without a value', ['--request', 'GET /', '-H', 'x'], /--header x: give a name and a value/],
      [
        'a body that is not there',
        ['--request', 'GET /', '--body', '@/nowhere'],
        /--body @\/nowhere: no such file/,
      ],
    ];
    for (const [what, given, message] of refused) {
      it(`refuses ${what}`, async () => {
        const { code, note } = await test(...given);
        assert.notEqual(code, 0);
        assert.match(note, message);
      });
    }
  });
});
