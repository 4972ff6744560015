import assert from 'node:assert/strict';
import { startListWatch, type ListWatchTiming } from '../../operator/cluster/list-watch.ts';
import { eventually } from '../support/eventually.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer, type Arrival, type Script } from '../support/scripted-server.ts';

const object = (name: string, resourceVersion: string) => ({
  metadata: { name, namespace: 'n', uid: name, resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z' },
});
const event = (type: string, name: string, version: string) =>
  `${JSON.stringify({ type, object: object(name, version) })}\n`;
const bookmark = (version: string) => event('BOOKMARK', 'ignored', version);
const list = (version: string, names: readonly string[], next?: string) =>
  JSON.stringify({
    metadata: { resourceVersion: version, ...(next ? { continue: next } : {}) },
    items: names.map((name) => object(name, version)),
  });
const isWatch = ({ path }: Arrival) => path.includes('watch=true');
const query = ({ path }: Arrival, name: string) => new URL(path, 'http://x').searchParams.get(name);

/** Quick, so that no test waits: the ends of time-outs are what is tested. */
const timing: Partial<ListWatchTiming> = { backoff: { first: 0.01, longest: 0.02 } };

/** What the handler holds after it got everything. */
async function watched(script: Script, options: Partial<ListWatchTiming> = {}) {
  const server = await startScriptedServer(script);
  const client = await clientOf(server.port);
  const held = new Map<string, string>();
  const errors: Error[] = [];
  const trimmed: string[] = [];
  const watch = startListWatch(client, {
    path: '/apis/apps/v1/deployments',
    labelSelector: 'a=b',
    timing: { ...timing, ...options },
    handler: {
      trim: ({ metadata }) => {
        trimmed.push(`${metadata.name} ${metadata.resourceVersion}`);
        return metadata;
      },
      isKnown: ({ name, resourceVersion }) => held.get(name) === resourceVersion,
      replace: (items) => {
        held.clear();
        for (const { name, resourceVersion } of items) held.set(name, resourceVersion);
      },
      upsert: ({ name, resourceVersion }) => held.set(name, resourceVersion),
      remove: ({ name }) => held.delete(name),
      failed: (error) => errors.push(error),
    },
  });
  const stack = new AsyncDisposableStack();
  stack.use(server);
  stack.use(client);
  stack.use(watch);
  return {
    held,
    errors,
    trimmed,
    watch,
    arrivals: server.arrivals,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('list and watch', () => {
  it('lists page by page, then watches from there with bookmarks', async () => {
    await using run = await watched((arrival, response) => {
      if (isWatch(arrival)) response.write(event('ADDED', 'c', '8'));
      else response.end(query(arrival, 'continue') ? list('7', ['b']) : list('7', ['a'], 'more'));
    });
    await eventually('all objects', () => run.held.size === 3);
    const watch = run.arrivals.find(isWatch);
    assert.ok(watch);
    assert.equal(query(watch, 'resourceVersion'), '7');
    assert.equal(query(watch, 'allowWatchBookmarks'), 'true');
    assert.ok(run.arrivals.every((arrival) => query(arrival, 'labelSelector') === 'a=b'));
    assert.equal(query(run.arrivals[0]!, 'limit'), '500');
  });

  it('asks for fewer objects per page where a page is too long to be held', async () => {
    const padding = ' '.repeat(17 * 1024 * 1024);
    await using run = await watched((arrival, response) => {
      if (isWatch(arrival)) response.write(bookmark('8'));
      else if (Number(query(arrival, 'limit')) > 50) response.end(list('7', []) + padding);
      else response.end(query(arrival, 'continue') ? list('7', ['b']) : list('7', ['a'], 'more'));
    });
    await eventually('all objects', () => run.held.size === 2);
    assert.deepEqual(
      run.arrivals.filter((arrival) => !isWatch(arrival)).map((arrival) => query(arrival, 'limit')),
      ['500', '50', '50'],
    );
    assert.deepEqual(run.errors, []);
  });

  it('resumes from the last event or bookmark after the connection broke, without listing', async () => {
    let watches = 0;
    await using run = await watched((arrival, response) => {
      if (!isWatch(arrival)) return void response.end(list('1', []));
      watches += 1;
      if (watches === 1) {
        response.write(event('ADDED', 'a', '2') + bookmark('5'));
        setImmediate(() => response.destroy());
      } else response.write(event('ADDED', 'b', '6'));
    });
    await eventually('the event after the break', () => run.held.has('b'));
    assert.deepEqual([...run.held.keys()], ['a', 'b']);
    assert.equal(query(run.arrivals.filter(isWatch)[1]!, 'resourceVersion'), '5');
    assert.equal(run.arrivals.filter((arrival) => !isWatch(arrival)).length, 1);
  });

  it('does not trim an object again whose version it holds, and resumes after it', async () => {
    let watches = 0;
    await using run = await watched((arrival, response) => {
      if (!isWatch(arrival)) return void response.end(list('3', ['a']));
      watches += 1;
      if (watches === 1) {
        response.write(
          event('MODIFIED', 'a', '3') + event('MODIFIED', 'b', '4') + event('MODIFIED', 'b', '4'),
        );
        setImmediate(() => response.destroy());
      } else response.write(event('ADDED', 'c', '6'));
    });
    await eventually('the event after the break', () => run.held.has('c'));
    assert.deepEqual(run.trimmed, ['a 3', 'b 4', 'c 6']);
    assert.equal(query(run.arrivals.filter(isWatch)[1]!, 'resourceVersion'), '4');
  });

  for (const [where, gone] of [
    ['in the stream', `${JSON.stringify({ type: 'ERROR', object: { code: 410, message: 'too old' } })}\n`],
    ['as the answer', undefined],
  ] as const) {
    it(`lists again after 410 ${where}`, async () => {
      let lists = 0;
      await using run = await watched((arrival, response) => {
        if (!isWatch(arrival)) {
          lists += 1;
          response.end(lists === 1 ? list('1', ['old']) : list('9', ['new']));
        } else if (lists > 1) response.write(bookmark('10'));
        else if (gone) response.write(gone);
        else {
          response.statusCode = 410;
          response.end('{}');
        }
      });
      await eventually('the new list', () => run.held.has('new'));
      assert.deepEqual([...run.held.keys()], ['new']);
    });
  }

  it('drops half a line at the end of a stream and gets that event again', async () => {
    let watches = 0;
    await using run = await watched((arrival, response) => {
      if (!isWatch(arrival)) return void response.end(list('1', []));
      watches += 1;
      const line = event('ADDED', 'ä', '2');
      // Cut within the two bytes of the letter, and then within the line.
      const bytes = Buffer.from(line);
      const cut = bytes.indexOf(Buffer.from('ä')) + 1;
      response.write(bytes.subarray(0, cut));
      if (watches === 1) response.end();
      else setImmediate(() => response.write(bytes.subarray(cut)));
    });
    await eventually('the event', () => run.held.get('ä') === '2');
    assert.equal(query(run.arrivals.filter(isWatch)[1]!, 'resourceVersion'), '1');
  });

  it('takes a silent stream for dead', async () => {
    let watches = 0;
    await using run = await watched(
      (arrival, response) => {
        if (!isWatch(arrival)) return void response.end(list('1', []));
        watches += 1;
        if (watches === 1) response.flushHeaders();
        else response.write(event('ADDED', 'a', '2'));
      },
      { inactivitySeconds: 0.2 },
    );
    await eventually('the event of the second stream', () => run.held.has('a'));
    assert.match(String(run.errors[0]), /sent nothing/);
  });

  it('waits as long as the server asks', async () => {
    let requests = 0;
    const times: number[] = [];
    await using run = await watched((arrival, response) => {
      requests += 1;
      times.push(performance.now());
      if (requests === 1) {
        response.writeHead(429, { 'retry-after': '1' }).end('{}');
      } else if (isWatch(arrival)) response.write(bookmark('2'));
      else response.end(list('1', ['a']));
    });
    await eventually('the list', () => run.held.has('a'));
    // A timer may be early by a millisecond.
    assert.ok(times[1]! - times[0]! >= 990, 'the second request came too early');
  });

  it('survives errors, refused connections and nonsense', async () => {
    let requests = 0;
    await using run = await watched((arrival, response) => {
      requests += 1;
      if (requests === 1) response.writeHead(500).end('no JSON');
      else if (requests === 2) response.destroy();
      else if (requests === 3) response.end('<html>');
      else if (isWatch(arrival)) response.write(requests === 5 ? 'nonsense\n' : bookmark('2'));
      else response.end(list('1', ['a']));
    });
    await eventually('the list and a watch after the nonsense', () => requests >= 6);
    assert.ok(run.watch.isSynced());
    assert.equal(run.errors.length, 4);
  });

  /** Lists, opens a watch, and breaks it; answers the rest when it is let. */
  const broken = (timing: Partial<ListWatchTiming>) => {
    let watches = 0;
    const gate = Promise.withResolvers<void>();
    const script: Script = async (arrival, response) => {
      if (!isWatch(arrival)) return void response.end(list('1', []));
      watches += 1;
      if (watches === 2) await gate.promise;
      response.write(event('ADDED', `of-${watches}`, String(watches + 1)));
      if (watches === 1) setTimeout(() => response.destroy(), 100);
    };
    return { run: watched(script, timing), restore: gate.resolve, watches: () => watches };
  };

  it('is not current while no watch is open, and current again after an outage', async () => {
    const { run: starting, restore } = broken({ interruptionSeconds: 0 });
    await using run = await starting;
    assert.equal(run.watch.secondsInSync(), undefined);
    await eventually('the watch', () => run.watch.secondsInSync() !== undefined);
    await eventually('the break', () => run.watch.secondsInSync() === undefined);
    assert.ok(run.watch.isSynced());
    const restoredAt = performance.now();
    restore();
    await eventually('the second watch', () => run.watch.secondsInSync() !== undefined);
    assert.ok(run.watch.secondsInSync()! <= (performance.now() - restoredAt) / 1000);
  });

  it('is current on through a short interruption', async () => {
    const { run: starting, restore } = broken({ interruptionSeconds: 60 });
    await using run = await starting;
    await eventually('the watch', () => run.watch.secondsInSync() !== undefined);
    await eventually('the break', () => run.watch.secondsInSync() === undefined);
    const restoredAt = performance.now();
    restore();
    await eventually('the second watch', () => run.watch.secondsInSync() !== undefined);
    assert.ok(run.watch.secondsInSync()! > (performance.now() - restoredAt) / 1000);
  });

  it('waits no longer when it learns that the server answers again', async () => {
    const { run: starting, restore, watches } = broken({ backoff: { first: 3600, longest: 3600 } });
    await using run = await starting;
    restore();
    await eventually('the failure', () => run.errors.length === 1);
    run.watch.retry();
    await eventually('the second watch', () => watches() === 2 && run.held.has('of-2'));
  });

  it('lists again from time to time, so that no lost event hurts for ever', async () => {
    let lists = 0;
    await using run = await watched(
      (arrival, response) => {
        if (isWatch(arrival)) return void response.end(bookmark('2'));
        lists += 1;
        response.end(list(String(lists), lists === 1 ? ['lost'] : []));
      },
      { relistSeconds: 0.05 },
    );
    await eventually('the list without it', () => lists > 1 && run.held.size === 0);
  });
});
