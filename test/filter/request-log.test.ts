import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';
import type { Sent } from '../support/http-exchange.ts';

const rules = [{ path: { prefix: '/none' } }, { path: { prefix: '/case' } }];
const exempt = [{ path: { exact: '/x' } }, { path: { prefix: '/case/exempt' } }];

const listeners = {
  debug: {
    configuration: {
      logLevel: 'debug',
      capture: { rules, exempt, redact: { queryParameters: ['token'] } },
      lookup: { cacheRules: 'none', onError: 'fail' },
    },
  },
  info: { configuration: { logLevel: 'info' } },
};

// The level of Istio's proxies.
describeInEnvoy('The log of requests', { listeners, wasmLogLevel: 'warn' }, (fixture) => {
  /** The filter's lines about a path, without what differs from run to run. */
  async function linesOf(path: string, sent: Sent = {}): Promise<string[]> {
    const { send, envoy } = fixture();
    const host = new URL(envoy.listenerUrl('debug')).host;
    await send('debug', path, sent);
    const [first = ''] = path.split(/[?;]/);
    return eventually('a line of the log', () => {
      const lines = [...envoy.log().matchAll(/: (SP \w+ [A-Z]+ .*)/g)]
        .map(([, line = '']) => line)
        .filter((line) => line.includes(` ${host}${first}`));
      return lines.length > 0
        ? lines.map((line) => line.replace(`${host}${first}`, 'URL').replace(/ms=\d+/, 'ms=N'))
        : undefined;
    });
  }

  it('has a line for a hit, with the rule, the status and the time', async () => {
    const path = freshPath();
    fixture().hit(path, filterMessage({ type: 'extract', status: 207, responseBody: 'recorded' }));
    assert.deepEqual(await linesOf(path), ['SP lookup_hits GET URL rule=2 status=207 ms=N']);
  });

  it('has a line for a miss', async () => {
    assert.deepEqual(await linesOf(freshPath()), ['SP lookup_misses GET URL rule=2 ms=N']);
  });

  it('has a line for a lookup that failed, with what the backend answered', async () => {
    const path = freshPath();
    fixture().hit(path, (_, response) => void response.writeHead(500).end());
    assert.deepEqual(await linesOf(path), ['SP lookup_errors_status GET URL rule=2 status=500 ms=N']);
  });

  it('has a line for a request without a lookup, with the reason', async () => {
    assert.deepEqual(await linesOf(freshPath(), { method: 'POST', body: 'x' }), [
      'SP skipped_body POST URL rule=2',
    ]);
  });

  it('has a line for a request that is left alone, with the reason and the rule', async () => {
    assert.deepEqual(await linesOf('/case/exempt/1'), ['SP bypassed GET URL rule=2 reason=exempt']);
    assert.deepEqual(await linesOf('/other/1'), ['SP bypassed GET URL reason=no-rule']);
    assert.deepEqual(await linesOf('/case/app.js'), ['SP bypassed GET URL rule=2 reason=unsupported']);
  });

  it('has no query, and no parameter of the path that is redacted', async () => {
    const path = freshPath();
    assert.deepEqual(await linesOf(`${path};token=secret?q=1`), [
      'SP lookup_misses GET URL;token=[redacted] rule=2 ms=N',
    ]);
  });

  it('is empty without the level debug', async () => {
    const { send, saved, envoy } = fixture();
    const path = freshPath();
    await send('info', path);
    await saved(path);
    assert.ok(!envoy.log().includes(path));
  });
});
