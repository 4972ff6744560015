import assert from 'node:assert/strict';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { userJob } from '../../operator/artifact/compiler/job.ts';
import { inspectModule } from '../../operator/artifact/check/inspect.ts';
import { answerOf, StreamDriver } from '../support/stream-driver.ts';
import { rootContext, WasmHost } from '../support/wasm-host.ts';

/** A filter that shows what the library read: its configuration in the log, its calls' answers in a header. */
const source = `
export * from 'sp-agent/filter/proxy';
import { Body, Configuration, Filter, Headers, HttpRequest, HttpResponse, Step, Stream, logInfo, meshCluster, registerFilter }
  from 'sp-agent/filter';

class Shown extends Filter {
  configure(configuration: Configuration): void {
    logInfo(configuration.string('name') + '|' + configuration.stringOr('other', 'absent'));
    logInfo(configuration.numberOr('limit', 7).toString() + '|' + configuration.boolOr('on', false).toString());
    logInfo(configuration.strings('list').join(','));
    logInfo(configuration.object('inner').numberOr('depth', 0).toString());
  }
  createStream(): Stream { return new ShownStream(); }
}

class ShownStream extends Stream {
  onRequestHeaders(headers: Headers, isEnd: bool): Step {
    const calls = headers.get('x-calls');
    if (calls === null) return Step.Hold;
    for (let i = 0; i < I32.parseInt(calls); i++) {
      const request = new HttpRequest(meshCluster('auth.shop.svc.cluster.local', 8080));
      request.method = 'POST';
      request.body = 'question ' + i.toString();
      request.add('x-list', headers.list().length.toString());
      this.call(request);
    }
    return Step.Hold;
  }
  onHttpResponse(call: u32, response: HttpResponse): void {
    if (response.status == 403) this.respond(403, response.text());
  }
}
registerFilter(() => new Shown());`;

const revision = '0123456789ab';

describe('the library for custom filters', () => {
  let bytes: Uint8Array;
  let module: WebAssembly.Module;

  before(async () => {
    bytes = await compile(await userJob({ 'index.ts': source }, { optimize: 0, debug: true }));
    module = await WebAssembly.compile(bytes);
  });

  function start(configuration: string, plugin = `shop.checkout-${revision}-out`): WasmHost {
    const host = new WasmHost(module);
    host.properties.set('plugin_name', plugin);
    assert.ok(host.configure(configuration), host.log.join('\n'));
    return host;
  }

  function request(host: WasmHost, calls?: number): StreamDriver {
    const stream = new StreamDriver(host);
    const headers: [string, string][] = [
      [':method', 'GET'],
      [':path', '/'],
    ];
    stream.requestHeaders(calls === undefined ? headers : [...headers, ['x-calls', String(calls)]], true);
    return stream;
  }

  it('makes a module that reports its revision and takes its own configuration', async () => {
    const { reportsRevision, readsSpec, abi } = await inspectModule(bytes);
    assert.deepEqual(
      { reportsRevision, readsSpec, abi },
      { reportsRevision: true, readsSpec: false, abi: '0_2_1' },
    );
  });

  it('reads texts, numbers, truth values, lists and objects of JSON, and fills in what is absent', () => {
    const text = '{"name": "a\\u0062\\n\\"", "on": true, "list": ["x", "y"], "inner": {"depth": -2.5e1}}';
    assert.deepEqual(start(text).log.slice(0, 4), ['SP ab\n"|absent', 'SP 7.0|true', 'SP x,y', 'SP -25.0']);
  });

  const refused: readonly (readonly [text: string, why: string])[] = [
    ['{}', 'name: is missing; it must be a string'],
    ['', 'name: is missing; it must be a string'],
    ['{"name": "a"', 'name: is missing; it must be a string'],
    [`{"name": ${'['.repeat(40)}${']'.repeat(40)}}`, 'name: is missing; it must be a string'],
    ['{"name": 1}', 'name: must be a string'],
    ['{"name": "a", "list": "x"}', 'list: must be an array'],
    ['{"name": "a", "list": [1]}', 'list: must be a list of strings'],
    ['{"name": "a", "limt": 1}', 'limt: unknown name'],
    ['{"name": "a", "inner": {"deep": 1}}', 'inner.deep: unknown name'],
  ];
  for (const [text, why] of refused) {
    it(`refuses the configuration ${text.slice(0, 40)}: ${why}`, () => {
      const host = new WasmHost(module);
      assert.equal(host.configure(text), false);
      assert.equal(host.log.at(-1), `SP configuration refused: ${why}`);
    });
  }

  it('holds a request until all of its calls are answered', () => {
    const host = start('{"name": "a"}');
    const stream = request(host, 2);
    const [first, second] = [...host.calls.values()];
    assert.equal(first?.cluster, 'outbound|8080||auth.shop.svc.cluster.local');
    assert.deepEqual(
      [
        first.headers.find(([name]) => name === ':method'),
        first.headers.at(-1),
        String(Buffer.from(first.body)),
      ],
      [[':method', 'POST'], ['x-list', '3'], 'question 0'],
    );
    host.answer(first.token, answerOf(200));
    assert.equal(stream.isHeld, true);
    host.answer(second!.token, answerOf(200));
    assert.deepEqual([stream.isHeld, stream.stream.reply], [false, undefined]);
  });

  it('answers a held request itself, and takes no notice of what comes later', () => {
    const host = start('{"name": "a"}');
    const stream = request(host, 2);
    const [first, second] = [...host.calls.values()];
    host.answer(first!.token, answerOf(403, Buffer.from('no')));
    host.answer(second!.token, answerOf(200));
    const { reply } = stream.stream;
    assert.deepEqual([reply?.status, String(Buffer.from(reply?.body ?? []))], [403, 'no']);
  });

  it('lets a request pass that is held without a call, or whose calls the proxy refuses', () => {
    const host = start('{"name": "a"}');
    assert.equal(request(host).isHeld, false);
    host.failure = (call) => (call === 'proxy_http_call' ? 1 : undefined);
    assert.equal(request(host, 1).isHeld, false);
  });

  it('ignores the answer to a call of a stream that is gone', () => {
    const host = start('{"name": "a"}');
    const stream = request(host, 1);
    const [call] = [...host.calls.values()];
    stream.close();
    host.answer(call!.token, answerOf(200));
  });

  for (const [plugin, side] of [
    [`shop.checkout-${revision}-in`, 'inbound'],
    [`shop.checkout-${revision}-out`, 'outbound'],
    [`shop.checkout-${revision}`, 'outbound'],
  ] as const) {
    it(`reports the revision of ${plugin} for the ${side} side, and withdraws it at its end`, () => {
      const host = start('{"name": "a"}', plugin);
      const statistic = (name: string) => host.metrics.get(`sp_agent_revision_${revision}_${name}`);
      assert.ok(statistic('configured_at_seconds')! > 0);
      assert.equal(statistic(`${side}_contexts`), undefined);
      const stream = request(host);
      stream.responseHeaders([[':status', '404']], true);
      host.callback('proxy_on_tick', rootContext);
      const names = ['requests', 'responses_2xx', 'responses_4xx', 'contexts'];
      assert.deepEqual(
        names.map((name) => statistic(`${side}_${name}`)),
        [1, 0, 1, 1],
      );
      assert.ok(statistic(`${side}_last_tick_seconds`)! > 0);
      host.callback('proxy_on_done', rootContext);
      assert.deepEqual([statistic(`${side}_contexts`), statistic(`${side}_last_tick_seconds`)], [0, 0]);
    });
  }

  it('reports no revision where the plug-in is not the operator’s', () => {
    const host = start('{"name": "a"}', 'my.plugin');
    host.callback('proxy_on_tick', rootContext);
    assert.deepEqual([...host.metrics.keys()], []);
  });
});
