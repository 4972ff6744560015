import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { AcceptedWrite } from '../../hack/soak/api-proxy.ts';
import type { Fault } from '../../hack/soak/faults/fault.ts';
import { faults } from '../../hack/soak/faults/list.ts';
import { scheduleFaults } from '../../hack/soak/faults/schedule.ts';
import { missingAtEnd } from '../../hack/soak/observer/end-state.ts';
import { invariants } from '../../hack/soak/observer/invariants/list.ts';
import { memoryViolations } from '../../hack/soak/observer/memory.ts';
import type { Picture, SeenAgent, SeenPod } from '../../hack/soak/observer/picture.ts';
import { WriteLog } from '../../hack/soak/observer/write-log.ts';
import type { Condition, SpAgentStatus } from '../../operator/api/status-schema.ts';

const planOf = (seed: number, minutes: number) => scheduleFaults({ seed, seconds: minutes * 60, faults });

const textOf = (plan: ReturnType<typeof planOf>) =>
  plan.map(({ fault, at, seconds }) => `${fault.name} ${at} ${seconds}`);

describe('the faults of npm run soak', () => {
  it('are the same at the same times for the same seed, and others for another one', () => {
    assert.deepEqual(textOf(planOf(7, 10)), textOf(planOf(7, 10)));
    assert.notDeepEqual(textOf(planOf(7, 10)), textOf(planOf(8, 10)));
  });

  it('are each drawn once before one is drawn again', () => {
    const names = planOf(7, 30).map(({ fault }) => fault.name);
    assert.ok(names.length > faults.length);
    assert.equal(new Set(names.slice(0, faults.length)).size, faults.length);
  });

  it('happen one after the other, and are over before the end', () => {
    const plan = planOf(7, 30);
    const ends = plan.map(({ at, seconds }) => at + seconds);
    for (const [index, { at }] of plan.slice(1).entries()) assert.ok(ends[index]! < at);
    assert.ok(ends.at(-1)! <= 30 * 60);
  });

  it('end no leading process in the second half of a long run, so that its heap can be measured', () => {
    const plan = planOf(7, 120);
    const inHalf = (from: number) => plan.filter(({ at }) => at >= from && at < from + 3600);
    assert.ok(inHalf(0).some(({ fault }) => fault.endsLeader));
    assert.ok(inHalf(3600).length > 100);
    assert.deepEqual(
      inHalf(3600).filter(({ fault }) => fault.endsLeader),
      [],
    );
  });

  it('are none where none is allowed', () => {
    const only = faults.filter(({ endsLeader }: Fault) => endsLeader).slice(0, 1);
    const plan = scheduleFaults({ seed: 1, seconds: 7200, faults: only });
    assert.ok(plan.every(({ at }) => at < 3600));
  });

  it('have names that differ, which the command line takes', () => {
    const names = faults.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    const { status, stdout } = spawnSync(process.execPath, ['hack/soak/main.ts', '--help'], {
      encoding: 'utf8',
    });
    assert.equal(status, 0);
    for (const name of names) assert.ok(stdout.replaceAll(/\s+/g, ' ').includes(`"${name}"`), name);
  });
});

/** A log of writes with a clock that counts them. */
function writeLog() {
  const violations: string[] = [];
  const log = new WriteLog((violation) => violations.push(violation));
  let now = 0;
  const accept = (write: Pick<AcceptedWrite, 'sender' | 'path'> & Partial<AcceptedWrite>) => {
    now += 10;
    log.accept({
      ...{ method: 'PUT', isWatch: false, body: Buffer.from('{}'), arrivedAt: now, answeredAt: now + 5 },
      ...write,
    });
  };
  const lease = (process: string) => {
    const holderIdentity = process && `${process}-0a1b2c3d`;
    const path = '/apis/coordination.k8s.io/v1/namespaces/soak-system/leases/sp-agent';
    accept({ sender: process, path, body: Buffer.from(JSON.stringify({ spec: { holderIdentity } })) });
  };
  const write = (sender: string, times: Partial<AcceptedWrite> = {}) => {
    accept({ sender, path: '/api/v1/namespaces/shop/pods/one', ...times });
  };
  return { log, violations, lease, write };
}

describe('the observer of npm run soak', () => {
  it('takes writes of whoever holds the Lease', () => {
    const { log, violations, lease, write } = writeLog();
    for (const process of ['operator-a.1', 'operator-b.1', 'operator-a.2']) {
      lease(process);
      write(process);
      lease(process);
      write(process);
    }
    assert.deepEqual(violations, []);
    assert.equal(log.writes, 6);
    assert.deepEqual(log.after(5), ['operator-a.2: PUT /api/v1/namespaces/shop/pods/one']);
    assert.deepEqual(log.after(6), []);
    assert.equal(log.takeovers, 3);
    assert.equal(log.leader(), 'operator-a.2');
  });

  it('reports a write of a process that lost its Lease to another one', () => {
    const { violations, lease, write } = writeLog();
    lease('operator-a.1');
    lease('operator-b.1');
    write('operator-b.1');
    write('operator-a.1');
    assert.deepEqual(violations, [
      'two actors: operator-a.1 sent PUT /api/v1/namespaces/shop/pods/one while operator-b.1 held the Lease',
    ]);
  });

  it('reports a write after the Lease was given back, and before there was one', () => {
    const { violations, lease, write } = writeLog();
    write('operator-a.1');
    lease('operator-a.1');
    lease('');
    write('operator-a.1');
    assert.equal(violations.length, 2);
    assert.match(violations[1]!, /while nobody held the Lease$/);
  });

  it('leaves a write alone that arrived before the next leader had its Lease', () => {
    const { violations, lease, write } = writeLog();
    lease('operator-a.1');
    lease('operator-b.1');
    write('operator-a.1', { arrivedAt: 16 });
    assert.deepEqual(violations, []);
  });

  it('reports a heap that grows, and not one whose garbage varies', () => {
    const samples = (growth: number) =>
      Array.from({ length: 361 }, (_, index) => ({
        process: 'operator-a.1',
        at: index * 10,
        heapMebibytes: 40 + (index % 7) * 5 + (growth * index) / 360,
        residentMebibytes: 150,
      }));
    assert.deepEqual(memoryViolations(samples(0.5)), []);
    assert.match(
      memoryViolations(samples(3)).join(),
      /^the heap of operator-a.1 grows by [23]\.\d MiB an hour$/,
    );
    // Too short a time to know.
    assert.deepEqual(memoryViolations(samples(90).slice(0, 100)), []);
  });

  it('reports a process that takes more memory than the container may', () => {
    const sample = { process: 'operator-a.1', at: 0, heapMebibytes: 40, residentMebibytes: 300 };
    assert.deepEqual(memoryViolations([sample]), ['operator-a.1 took 300 MiB, more than 256']);
  });
});

const revision = 'aaaaaaaaaaaa';
const former = 'bbbbbbbbbbbb';
const now = Date.parse('2026-01-02T03:04:05Z');

function agent(overrides: Partial<SeenAgent> = {}, status: Partial<SpAgentStatus> = {}): SeenAgent {
  const ready = { type: 'Ready', status: 'True', observedGeneration: 2 } as Condition;
  return {
    ...{ name: 'checkout', uid: 'u1', generation: 2, isDeleted: false, isLive: false },
    status: {
      conditions: [ready],
      targetRevision: revision,
      stableRevision: revision,
      pods: '1/1',
      ...status,
    },
    ...overrides,
  };
}

function pod(overrides: Partial<SeenPod> = {}): SeenPod {
  return {
    ...{ name: 'checkout-1', uid: 'p1', agent: 'checkout', revision, app: 'checkout' },
    ...{ isReady: true, isDeleted: false, createdAt: now - 600_000 },
    ...overrides,
  };
}

interface PictureParts {
  readonly agents?: readonly [SeenAgent, SeenAgent];
  readonly pods?: readonly [readonly SeenPod[], readonly SeenPod[]];
  readonly template?: string;
}

const part = { name: `checkout-${revision}`, agent: 'checkout', revision, failure: undefined };

/** A picture of one agent whose rollout is complete. */
function picture(parts: PictureParts = {}, overrides: Partial<Picture> = {}): Picture {
  const { agents = [agent(), agent()], pods = [[pod()], [pod()]], template = revision } = parts;
  return {
    now,
    agents: [[agents[0]], [agents[1]]],
    pods,
    templates: new Map([['checkout', { 'revision.softprobe.ai/checkout': template }]]),
    revisions: [part],
    resources: [part],
    ...overrides,
  };
}

const violationsOf = (seen: Picture) =>
  invariants.flatMap(({ name, violations }) => violations(seen).map((violation) => `${name}: ${violation}`));

describe('the invariants of npm run soak', () => {
  it('hold where a rollout is complete', () => {
    assert.deepEqual(violationsOf(picture()), []);
    assert.deepEqual(missingAtEnd(picture(), 1), []);
  });

  it('report an agent that is Ready without its revision, its resource or its template', () => {
    const found = violationsOf(
      picture({ template: former, pods: [[], []] }, { revisions: [], resources: [] }),
    );
    assert.deepEqual(found, [
      `Ready is true: SpAgent checkout is Ready at ${revision}, but the revision does not exist`,
      `Ready is true: SpAgent checkout is Ready at ${revision}, but the revision has no Istio resource`,
      `Ready is true: SpAgent checkout is Ready at ${revision}, but the template has ${former}`,
    ]);
  });

  it('take no template from the method Live', () => {
    const live = agent({ isLive: true });
    assert.deepEqual(violationsOf(picture({ template: former, agents: [live, live] })), []);
  });

  it('judge no agent that changed while the picture was taken, or whose status is of an older spec', () => {
    const later = agent({ generation: 3 });
    assert.deepEqual(violationsOf(picture({ template: former, agents: [agent(), later] })), []);
    assert.deepEqual(violationsOf(picture({ template: former, agents: [later, later] })), []);
  });

  it('report a label without its resource, as long as pod and agent are there', () => {
    const none = { resources: [] };
    const waiting = agent({ generation: 3 });
    const agents = [waiting, waiting] as const;
    assert.match(
      violationsOf(picture({ agents }, none)).join(),
      /^a label has its resource: pod checkout-1 has revision a+ of checkout, which has no Istio resource$/,
    );
    assert.deepEqual(violationsOf(picture({ agents, pods: [[pod()], []] }, none)), []);
    const deleted = agent({ isDeleted: true });
    assert.deepEqual(violationsOf(picture({ agents: [deleted, deleted] }, none)), []);
  });

  it('report a pod that lacks the revision for longer than a change of the leader takes', () => {
    const without = (age: number) => pod({ agent: undefined, revision: undefined, createdAt: now - age });
    const seen = (age: number) => picture({ pods: [[without(age)], [without(age)]] });
    assert.deepEqual(violationsOf(seen(60_000)), []);
    assert.deepEqual(violationsOf(seen(180_000)), [
      `pods have the revision: pod checkout-1 has no revision and not ${revision}`,
    ]);
  });

  it('report a revision that was marked as failed, as no filter of a run is bad', () => {
    const found = violationsOf(picture({}, { revisions: [{ ...part, failure: 'DeadlineExceeded' }] }));
    assert.deepEqual(found, [
      `no revision fails: revision checkout-${revision} was marked as failed: DeadlineExceeded`,
    ]);
  });

  it('ask at the end for agents that are Ready, for all pods, and for nothing of agents that are gone', () => {
    const unready = agent({}, { conditions: [] });
    assert.match(missingAtEnd(picture({ agents: [unready, unready] }), 1).join(), /checkout is not Ready/);
    assert.deepEqual(missingAtEnd(picture(), 2), [
      `1 of 2 pods of checkout run revision ${revision}`,
      'SpAgent checkout shows pods 1/1',
    ]);
    const unstable = agent({}, { stableRevision: former });
    assert.deepEqual(missingAtEnd(picture({ agents: [unstable, unstable], template: former }), 1), [
      `revision ${revision} of checkout is not stable`,
      `the template of checkout lacks ${revision}`,
    ]);
    assert.deepEqual(missingAtEnd(picture({}, { resources: [{ ...part, agent: 'cart' }] }), 1), [
      `checkout-${revision} is left of SpAgent cart, which is gone`,
    ]);
  });
});
