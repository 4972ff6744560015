import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';
import { exchangeBytes } from '../support/http-exchange.ts';

const trailers = { http_protocol_options: { enable_trailers: true } };
const upgrades = {
  upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'CONNECT' }],
};

const listeners = {
  main: {
    configuration: {
      agent: 'shop/checkout',
      serviceName: 'checkout',
      backend: { pathPrefix: '/base', publicKeyEnv: 'THE_KEY' },
    },
  },
  inbound: { configuration: { direction: 'inbound' } },
  trailers: { connectionManager: trailers },
  upgrades: { connectionManager: upgrades },
};

const node = {
  id: 'sidecar~10.0.0.1~pod.shop~shop.svc.cluster.local',
  cluster: 'c',
  metadata: {
    WORKLOAD_NAME: 'cart-v2',
    NAMESPACE: 'shop',
    LABELS: { 'service.istio.io/canonical-name': 'cart' },
  },
};
const environment = { THE_KEY: 'key-4711' };

describeInEnvoy('The wire protocol', { listeners, node, environment }, (fixture) => {
  it('encodes a lookup as OTLP requires', async () => {
    const { send, lookups, backend } = fixture();
    const path = `${freshPath()}?a=1&b=2`;
    await send('main', path, {
      headers: { host: 'Shop.Example:8080', 'X-Thing': 'T', 'x-softprobe-session-id': 's-1' },
    });
    const [lookup] = lookups(path);
    assert.deepEqual(Object.fromEntries(lookup!.resource), {
      'service.name': 'checkout',
      'service.namespace': 'shop',
      'sp.resource.type': 'sp-envoy-proxy',
      'sp.public.key': 'key-4711',
    });
    const { span, attributes } = lookup!;
    assert.equal(span.name, path.slice(0, path.indexOf('?')));
    assert.equal(span.kind, 3);
    assert.equal(span.traceId?.length, 16);
    assert.equal(span.spanId?.length, 8);
    assert.ok(Math.abs(Number(span.startTimeUnixNano) / 1e6 - Date.now()) < 60_000);
    const wanted = {
      'sp.span.type': 'inject',
      'sp.session.id': 's-1',
      'sp.service.name': 'checkout',
      'sp.traffic.direction': 'outbound',
      'sp.public.key': 'key-4711',
      'url.host': 'shop.example:8080',
      'url.path': path,
      'http.request.method': 'GET',
      'http.request.header.x-thing': 'T',
    };
    for (const [key, value] of Object.entries(wanted)) assert.equal(attributes.get(key), value, key);
    const call = backend.arrivals.find((arrival) => arrival.path === '/base/v1/inject');
    assert.equal(call?.method, 'POST');
    assert.equal(call.headers['content-type'], 'application/x-protobuf');
    assert.equal(call.headers['x-public-key'], 'key-4711');
    assert.equal(call.headers.host, 'backend.test');
  });

  it('encodes a save with response, end and the kind of a server', async () => {
    const { send, answer, saved } = fixture();
    const path = freshPath();
    answer(path, (_, response) => void response.writeHead(201, { 'X-Answer': 'A' }).end('done'));
    await send('main', path, { method: 'PUT', body: 'do' });
    const { span, attributes } = await saved(path);
    assert.equal(span.kind, 2);
    assert.ok(Number(span.endTimeUnixNano) >= Number(span.startTimeUnixNano));
    const wanted = {
      'sp.span.type': 'extract',
      'http.request.method': 'PUT',
      'http.request.body': 'do',
      'http.response.status_code': '201',
      'http.response.header.x-answer': 'A',
      'http.response.body': 'done',
    };
    for (const [key, value] of Object.entries(wanted)) assert.equal(attributes.get(key), value, key);
  });

  it('names the service by the node when nothing else does, and the direction', async () => {
    const { send, saved } = fixture();
    const path = freshPath();
    await send('inbound', path);
    const { resource, attributes } = await saved(path);
    assert.equal(resource.get('service.name'), 'cart');
    assert.equal(resource.has('sp.public.key'), false);
    assert.equal(attributes.get('sp.service.name'), 'cart');
    assert.equal(attributes.get('sp.traffic.direction'), 'inbound');
  });

  for (const header of ['x-softprobe-session-id', 'x-sp-session-id', 'sp_session_id', 'x-session-id']) {
    it(`takes the session from ${header}`, async () => {
      const { send, lookups } = fixture();
      const path = freshPath();
      await send('main', path, { headers: { [header]: 'the session' } });
      // Envoy refuses names with an underscore by default, and then there is nothing to record.
      assert.equal(lookups(path)[0]?.attributes.get('sp.session.id'), 'the session');
    });
  }

  const broken: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    [
      'a cut message',
      Buffer.from(filterMessage({ type: 'extract', status: 200, responseBody: 'x' })).subarray(0, -3),
    ],
    ['a varint that never ends', Buffer.from([0x0a, ...Array<number>(20).fill(0xff)])],
    ['a length beyond the end', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['10,000 nested messages', nested(10_000)],
    ['10,000 open groups', Buffer.alloc(20_000, Buffer.from([0xa3, 0x06]))],
    ['a field of number zero', Buffer.from([0x02, 0x00])],
    ['text', Buffer.from('<html>not protobuf</html>')],
    ['a span without status', Buffer.from(filterMessage({ type: 'extract', responseBody: 'x' }))],
  ];
  for (const [name, bytes] of broken) {
    it(`continues upstream when a hit is ${name}`, async () => {
      const { send, hit } = fixture();
      const path = freshPath();
      hit(path, bytes);
      assert.equal((await send('main', path)).body.toString(), 'upstream');
      assert.equal((await send('main', freshPath())).status, 200);
    });
  }

  it('takes the first span with a status, and nothing of others', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    const header = (value: string): [string, string][] => [['x-from', value]];
    hit(
      path,
      filterMessage(
        { type: 'inject', responseHeaders: header('none'), responseBody: 'none' },
        { type: 'extract', status: 200, responseHeaders: header('first'), responseBody: 'first' },
        { type: 'extract', status: 500, responseHeaders: header('second'), responseBody: 'second' },
      ),
    );
    const answer = await send('main', path);
    assert.equal(answer.body.toString(), 'first');
    assert.deepEqual(answer.all('x-from'), ['first']);
  });

  it('leaves gRPC alone, trailers and all', async () => {
    const { send, answer, lookups } = fixture();
    const path = freshPath();
    answer(path, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/grpc', trailer: 'grpc-status' });
      response.write('message');
      response.addTrailers({ 'grpc-status': '0' });
      response.end();
    });
    const headers = { 'content-type': 'application/grpc+proto', te: 'trailers' };
    const received = await send('trailers', path, { method: 'POST', headers, body: 'call' });
    assert.equal(received.body.toString(), 'message');
    assert.equal(received.trailers['grpc-status'], '0');
    assert.equal(lookups(path).length, 0);
  });

  it('leaves a WebSocket alone, and its frames in both directions', async () => {
    const { envoy, reached, lookups, saves } = fixture();
    const path = freshPath();
    const socket = new WebSocket(`${envoy.listenerUrl('upgrades').replace('http', 'ws')}${path}`);
    await once(socket, 'open');
    for (const text of ['a frame', 'a longer one '.repeat(1000)]) {
      socket.send(text);
      const [message] = (await once(socket, 'message')) as [MessageEvent];
      assert.equal(message.data, text);
    }
    socket.close();
    await once(socket, 'close');
    assert.equal(reached(path).length, 1);
    assert.equal(reached(path)[0]?.headers['traceparent'], undefined);
    assert.equal(lookups(path).length, 0);
    assert.equal(saves(path).length, 0);
  });

  it('leaves CONNECT alone', async () => {
    const { envoy, backend } = fixture();
    const lookups = () => backend.arrivals.filter((one) => one.path.endsWith('/v1/inject')).length;
    const before = lookups();
    const answer = await exchangeBytes(
      envoy.listenerUrl('upgrades'),
      Buffer.from('CONNECT h.test:443 HTTP/1.1\r\nhost: h.test:443\r\nconnection: close\r\n\r\n'),
    );
    assert.match(answer, /^HTTP\/1.1 [245]/);
    assert.equal(lookups(), before);
  });

  it('never looks up its own calls', async () => {
    const { send, backend } = fixture();
    for (const sent of [
      { headers: { host: 'backend.test' } },
      { headers: { 'content-type': 'application/x-protobuf' }, method: 'POST', body: 'x' },
    ]) {
      const path = sent.method ? '/other/v1/inject' : freshPath();
      const before = backend.arrivals.length;
      assert.equal((await send('main', path, sent)).body.toString(), 'upstream');
      assert.equal(backend.arrivals.slice(before).filter((one) => one.path.endsWith('/v1/inject')).length, 0);
    }
  });
});

/** A message in a message in a message ... */
function nested(depth: number): Buffer {
  let bytes = Buffer.alloc(0);
  for (let i = 0; i < depth; i++) {
    const length: number[] = [];
    for (let rest = bytes.length; ; rest >>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    bytes = Buffer.concat([Buffer.from([0x0a, ...length]), bytes]);
  }
  return bytes;
}
