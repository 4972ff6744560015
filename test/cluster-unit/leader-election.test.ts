import assert from 'node:assert/strict';
import { standForElection, type LeaseTimes } from '../../operator/cluster/leader-election.ts';
import { eventually as eventuallyWithin } from '../support/eventually.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startLeaseServer, type LeaseServer } from '../support/lease-server.ts';

/** Nothing but what a test waits for comes to its end. */
const patient: LeaseTimes = { duration: 3600, renewDeadline: 3600, retryPeriod: 0.01 };

async function elections() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startLeaseServer());
  const reported: string[] = [];
  const candidate = async (identity: string, times: Partial<LeaseTimes> = {}) => {
    const client = stack.use(await clientOf(server.port));
    return stack.use(
      standForElection(client, {
        namespace: 'sp-system',
        name: 'sp-agent',
        identity,
        times: { ...patient, ...times },
        elected: () => reported.push(`${identity} elected`),
        lost: (reason) => reported.push(`${identity} lost: ${reason}`),
      }),
    );
  };
  return { server, reported, candidate, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Machines that run tests may be slow. */
const eventually = (what: string, condition: () => unknown) => eventuallyWithin(what, condition, 50_000);

/** Waits until so many more requests have been answered. */
async function requests(server: LeaseServer, method: string, count: number): Promise<void> {
  const answered = () => server.answered.filter((one) => one === method).length;
  const before = answered();
  await eventually(`${count} requests ${method}`, () => answered() >= before + count);
}

const writes = ({ answered }: LeaseServer) => answered.filter((method) => method !== 'GET');

describe('a candidate for the lease', () => {
  it('creates a lease that is not there, and leads', async () => {
    await using run = await elections();
    const leadership = await run.candidate('first', { duration: 15 });
    await eventually('a leader', () => leadership.isLeader());
    const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime, renewTime } =
      run.server.lease!.spec;
    assert.deepEqual([holderIdentity, leaseDurationSeconds, leaseTransitions], ['first', 15, 0]);
    for (const time of [acquireTime, renewTime]) assert.match(String(time), /^20.*\.[0-9]{6}Z$/);
  });

  it('asks for the lease as long as client-go does, unless it is given other times', async () => {
    await using server = await startLeaseServer();
    await using client = await clientOf(server.port);
    const ignore = () => undefined;
    const options = { namespace: 'sp-system', name: 'sp-agent', identity: 'first' };
    await using _ = standForElection(client, { ...options, elected: ignore, lost: ignore });
    await eventually('a lease', () => server.lease);
    assert.equal(server.lease?.spec.leaseDurationSeconds, 15);
  });

  it('is elected once, however often it renews, and says since when it leads', async () => {
    await using run = await elections();
    await run.candidate('first');
    await requests(run.server, 'PUT', 3);
    const { acquireTime, renewTime = '', leaseTransitions } = run.server.lease!.spec;
    assert.ok(acquireTime! < renewTime, `acquired ${acquireTime}, renewed ${renewTime}`);
    assert.equal(leaseTransitions, 0);
    assert.deepEqual(run.reported, ['first elected']);
  });

  it('takes a lease over when it has run out by its own duration', async () => {
    await using run = await elections();
    const acquireTime = '2026-01-01T00:00:00.000000Z';
    run.server.put({ holderIdentity: 'gone', leaseDurationSeconds: 0.1, leaseTransitions: 4, acquireTime });
    const leadership = await run.candidate('first');
    await eventually('a leader', () => leadership.isLeader());
    const { spec } = run.server.lease!;
    assert.deepEqual([spec.holderIdentity, spec.leaseTransitions], ['first', 5]);
    assert.notEqual(spec.acquireTime, acquireTime);
  });

  it('takes a lease without a duration over after its own duration', async () => {
    await using run = await elections();
    run.server.put({ holderIdentity: 'gone' });
    const leadership = await run.candidate('first', { duration: 0.1 });
    await eventually('a leader', () => leadership.isLeader());
    assert.equal(run.server.lease!.spec.leaseTransitions, 1);
  });

  it('leaves a lease alone that has not run out, though it would have by its own duration', async () => {
    await using run = await elections();
    run.server.put({ holderIdentity: 'other', leaseDurationSeconds: 3600 });
    const leadership = await run.candidate('first', { duration: 0.001 });
    await requests(run.server, 'GET', 10);
    assert.equal(leadership.isLeader(), false);
    assert.deepEqual(writes(run.server), []);
  });

  it('leaves a lease alone that its holder renews', async () => {
    await using run = await elections();
    const spec = { holderIdentity: 'other', leaseDurationSeconds: 0.001 };
    run.server.put(spec);
    run.server.onRequest = () => {
      run.server.put(spec);
    };
    await run.candidate('first');
    await requests(run.server, 'GET', 20);
    assert.deepEqual(writes(run.server), []);
  });

  it('takes a lease at once that was given back', async () => {
    await using run = await elections();
    run.server.put({ holderIdentity: '', leaseDurationSeconds: 3600, leaseTransitions: 1 });
    const leadership = await run.candidate('first');
    await eventually('a leader', () => leadership.isLeader());
    assert.equal(run.server.lease!.spec.leaseTransitions, 2);
  });

  it('does not lead when another one wrote the lease since it read', async () => {
    await using run = await elections();
    run.server.put({ holderIdentity: '', leaseDurationSeconds: 3600 });
    run.server.onRequest = (method) => {
      if (method === 'PUT') run.server.put({ holderIdentity: 'other', leaseDurationSeconds: 3600 });
    };
    const leadership = await run.candidate('first');
    await requests(run.server, 'PUT', 1);
    await requests(run.server, 'GET', 2);
    assert.equal(leadership.isLeader(), false);
    assert.equal(run.server.lease!.spec.holderIdentity, 'other');
  });

  it('tries again when a request gets no answer', async () => {
    await using run = await elections();
    let isFirst = true;
    run.server.onRequest = () => {
      const answer = isFirst ? 'none' : undefined;
      isFirst = false;
      return answer;
    };
    const leadership = await run.candidate('first', { renewDeadline: 0.1 });
    await eventually('a leader', () => leadership.isLeader());
  });
});

describe('the leader', () => {
  it('steps down at once when another one holds the lease, and asks no more', async () => {
    await using run = await elections();
    const leadership = await run.candidate('first');
    await requests(run.server, 'PUT', 1);
    run.server.put({ holderIdentity: 'usurper', leaseDurationSeconds: 3600 });
    await eventually('a loss', () => run.reported.length === 2);
    assert.deepEqual(run.reported, [
      'first elected',
      'first lost: Lease sp-agent could not be renewed: "usurper" holds it',
    ]);
    assert.equal(leadership.isLeader(), false);
    const { length } = run.server.answered;
    // Another candidate with another server asks as often as this one would.
    await using other = await elections();
    other.server.put({ holderIdentity: 'other', leaseDurationSeconds: 3600 });
    await other.candidate('second');
    await requests(other.server, 'GET', 5);
    // One request may have been on its way.
    assert.ok(run.server.answered.length <= length + 1);
    assert.equal(run.server.lease!.spec.holderIdentity, 'usurper');
  });

  it('keeps leading through failed renewals until its deadline', async () => {
    await using run = await elections();
    const leadership = await run.candidate('first');
    await requests(run.server, 'PUT', 1);
    run.server.onRequest = () => 500;
    await requests(run.server, 'GET', 5);
    assert.equal(leadership.isLeader(), true);
    run.server.onRequest = undefined;
    await requests(run.server, 'PUT', 2);
    assert.deepEqual(run.reported, ['first elected']);
  });

  it('steps down when it could not renew until its deadline', async () => {
    await using run = await elections();
    const leadership = await run.candidate('first', { renewDeadline: 1 });
    await eventually('a leader', () => leadership.isLeader());
    run.server.onRequest = () => 500;
    await eventually('a loss', () => run.reported.length === 2);
    assert.match(run.reported[1]!, /^first lost: Lease sp-agent could not be renewed: ./);
    assert.equal(leadership.isLeader(), false);
  });

  it('no longer leads once its renewal is late, before it has asked for the lease again', async () => {
    await using run = await elections();
    const leadership = await run.candidate('first', { renewDeadline: 0.5, retryPeriod: 3600 });
    await eventually('a leader', () => leadership.isLeader());
    await eventually('the deadline', () => !leadership.isLeader());
    assert.deepEqual(run.reported, ['first elected']);
  });

  it('steps down when its requests get no answer until its deadline', async () => {
    await using run = await elections();
    const leadership = await run.candidate('first', { renewDeadline: 0.3 });
    await eventually('a leader', () => leadership.isLeader());
    run.server.onRequest = () => 'none';
    await eventually('a loss', () => run.reported.length === 2);
  });

  it('counts its deadline from before a request, as others count from its arrival', async () => {
    await using run = await elections();
    await using others = await elections();
    run.server.answersAfter = 900;
    run.server.onRequest = () => (run.server.lease === undefined ? undefined : 500);
    const first = await run.candidate('first', { duration: 1.6, renewDeadline: 1 });
    await eventually('a lease', () => run.server.lease);
    // The same lease at a server that answers: what another replica sees.
    others.server.put(run.server.lease!.spec);
    const second = await others.candidate('second');
    await eventually('the second', () => second.isLeader());
    assert.equal(first.isLeader(), false, 'two lead at once');
  });

  it('gives the lease back, so that the next one need not wait', async () => {
    await using run = await elections();
    const first = await run.candidate('first', { retryPeriod: 3600 });
    await eventually('a leader', () => first.isLeader());
    await first[Symbol.asyncDispose]();
    assert.equal(first.isLeader(), false);
    const { holderIdentity, leaseDurationSeconds } = run.server.lease!.spec;
    assert.deepEqual([holderIdentity, leaseDurationSeconds], ['', 1]);
    await run.candidate('second');
    await eventually('the second', () => run.reported.includes('second elected'));
  });

  it('does not give back what another one holds', async () => {
    await using run = await elections();
    const first = await run.candidate('first', { retryPeriod: 3600 });
    await eventually('a leader', () => first.isLeader());
    run.server.put({ holderIdentity: 'usurper', leaseDurationSeconds: 3600 });
    await first[Symbol.asyncDispose]();
    assert.equal(run.server.lease!.spec.holderIdentity, 'usurper');
  });

  it('ends though the API server does not answer', async () => {
    await using run = await elections();
    const first = await run.candidate('first', { retryPeriod: 3600 });
    await eventually('a leader', () => first.isLeader());
    run.server.onRequest = () => 500;
    await first[Symbol.asyncDispose]();
    assert.equal(first.isLeader(), false);
  });
});
