import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseAgent } from '../../operator/api/parse.ts';
import { collectionPath, objectPath, proxyPath } from '../../operator/cluster/kinds.ts';
import { minimalSpec } from '../support/agent.ts';
import { hostileNames } from '../support/hostile-names.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

/** What a name was made of that led the operator's token elsewhere. */
const traps = [
  '/',
  '..',
  '.',
  '%2e%2e',
  '%2f',
  '?',
  '#',
  '\\',
  ';',
  '\0',
  '\n',
  ' ',
  '//',
  'watch=true',
  ':',
];
const hostileName = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.oneof(fc.constantFrom(...traps), fc.string({ maxLength: 3 })), { maxLength: 8 })
    .map((parts) => parts.join('')),
  fc.stringMatching(/^[a-z0-9.:-]{0,20}$/),
);

/** Segments of a path as a server gets them: URLs resolve dots, and cut query and fragment off. */
function arriving(path: string): string[] {
  return new URL(`https://api.example${path}`).pathname.split('/').slice(1);
}

describe('paths to the API server', () => {
  it('lead to the named object or are refused, whatever the name is', () => {
    fc.assert(
      fc.property(hostileName, hostileName, (namespace, name) => {
        let path: string;
        try {
          path = objectPath({ kind: 'Secret', namespace, name });
        } catch {
          return;
        }
        assert.deepEqual(arriving(path), ['api', 'v1', 'namespaces', namespace, 'secrets', name]);
      }),
      { numRuns: 20_000 },
    );
  });

  it('lead to the named collection or are refused, whatever the namespace is', () => {
    fc.assert(
      fc.property(hostileName, (namespace) => {
        let path: string;
        try {
          path = collectionPath('Pod', namespace);
        } catch {
          return;
        }
        assert.deepEqual(arriving(path), ['api', 'v1', 'namespaces', namespace, 'pods']);
      }),
    );
  });

  it('take every name that Kubernetes gives to objects', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
    const subdomain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
    fc.assert(
      fc.property(label, subdomain, (namespace, name) => {
        const path = objectPath({ kind: 'ConfigMap', namespace, name });
        assert.deepEqual(arriving(path), ['api', 'v1', 'namespaces', namespace, 'configmaps', name]);
      }),
    );
  });

  for (const [what, name] of Object.entries(hostileNames)) {
    it(`are not made from a name that means ${what}`, () => {
      assert.throws(() => objectPath({ kind: 'Secret', namespace: 'shop', name }), /is not a name/);
      assert.throws(() => objectPath({ kind: 'Secret', namespace: name, name: 'key' }), /is not a name/);
      assert.throws(
        () => proxyPath({ kind: 'Pod', namespace: 'shop', name: 'p', port: 15020 }, name),
        /is not a name/,
      );
    });

    it(`are not asked of the parser by a spec with a name that means ${what}`, () => {
      const metadata = { namespace: 'shop', name: 'checkout', uid: 'u', creationTimestamp: '' };
      const specs = [
        { backend: { publicKeySecret: { name } } },
        { filter: { build: { configMap: { name } } } },
      ];
      for (const spec of specs) {
        const parsed = parseAgent({ metadata, spec: { ...minimalSpec, ...spec } });
        assert.match('error' in parsed ? parsed.error : '', /\.name: /);
      }
      const named = parseAgent({ metadata: { ...metadata, name }, spec: minimalSpec });
      assert.match('error' in named ? named.error : '', /metadata\.name: /);
    });
  }
});

describe('the client of the API server', () => {
  const hostilePaths = [
    '/api/v1/namespaces/shop/secrets/../../kube-system/secrets/bootstrap',
    '/api/v1/namespaces/shop/secrets/%2e%2e/%2e%2e/pods',
    '/api/v1/pods?watch=true',
    '/api/v1/pods#x',
    '/api/v1//pods',
    '//elsewhere.example/api',
    '@elsewhere.example/api',
    '.elsewhere.example/api',
  ];
  for (const path of hostilePaths) {
    it(`sends no request for the path ${path}`, async () => {
      await using server = await startScriptedServer((_arrival, response) => void response.end('{}'));
      await using client = await clientOf(server.port);
      await assert.rejects(client.json({ path }), /is not a path of the Kubernetes API|Invalid URL/);
      assert.deepEqual(server.arrivals, []);
    });
  }

  it('keeps what is in a query within the query', async () => {
    await using server = await startScriptedServer((_arrival, response) => void response.end('{}'));
    await using client = await clientOf(server.port);
    await client.json({ path: '/api/v1/pods', query: { labelSelector: 'a=b&watch=true#?' } });
    const url = new URL(server.arrivals[0]?.path ?? '', 'http://x');
    assert.equal(url.pathname, '/api/v1/pods');
    assert.deepEqual([...url.searchParams], [['labelSelector', 'a=b&watch=true#?']]);
  });

  it('reads no more of an answer than its limit', async () => {
    let sentBytes = 0;
    await using server = await startScriptedServer((_arrival, response) => {
      const send = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, ' '))) sentBytes += 65_536;
      };
      response.on('drain', send);
      send();
    });
    await using client = await clientOf(server.port);
    await assert.rejects(client.json({ path: '/api/v1/pods', bytesMax: 1_000_000 }), {
      name: 'AnswerTooLongError',
      message: 'the answer is longer than 1000000 bytes',
    });
    assert.ok(sentBytes < 100_000_000, `${sentBytes} bytes were sent`);
  });

  it('ends a request whose answer does not end by its deadline', async () => {
    await using server = await startScriptedServer((_arrival, response) => void response.write('{'));
    await using client = await clientOf(server.port);
    const signal = AbortSignal.timeout(100);
    await assert.rejects(client.json({ path: '/api/v1/pods', signal }), { name: 'TimeoutError' });
  });
});
