import assert from 'node:assert/strict';
import type { WorkloadObject } from '../../operator/workloads/kind.ts';
import { isRolledOut, readWorkload, type WorkloadState } from '../../operator/workloads/read-workload.ts';
import { rollout } from '../../operator/workloads/rollout.ts';

const canary = {
  canary: { steps: [{ setWeight: 25 }, { pause: {} }, { analysis: {} }, { setWeight: 100 }] },
};
const blueGreen = { blueGreen: { activeService: 'active', previewService: 'preview' } };
const routed = { canary: { trafficRouting: { istio: {} } } };

interface Parts {
  readonly spec?: object;
  readonly status?: object;
}

/** A Rollout of four pods, as its controller reports it when it is complete. */
function objectOf({ spec = {}, status = {} }: Parts = {}): WorkloadObject {
  return {
    metadata: { name: 'cart', generation: 7 },
    spec: { replicas: 4, strategy: canary, template: { metadata: { labels: { app: 'cart' } } }, ...spec },
    status: {
      observedGeneration: '7',
      phase: 'Healthy',
      currentPodHash: 'new',
      stableRS: 'new',
      ...{ replicas: 4, updatedReplicas: 4, readyReplicas: 4, availableReplicas: 4 },
      ...status,
    },
  };
}

function read(parts?: Parts): WorkloadState {
  return readWorkload(rollout, objectOf(parts));
}

/** In the middle of an update: one of four pods is new. */
const atFirstStep = { stableRS: 'old', replicas: 4, updatedReplicas: 1, currentStepIndex: 1 } as const;

const inProgress: Readonly<Record<string, readonly [Parts, NonNullable<WorkloadState['ownUpdate']>]>> = {
  'replaces pods': [
    { status: { ...atFirstStep, phase: 'Progressing', message: 'more replicas need to be updated' } },
    { state: 'InProgress', message: 'Progressing: more replicas need to be updated' },
  ],
  'is paused by a step': [
    {
      status: {
        ...atFirstStep,
        phase: 'Paused',
        message: 'CanaryPauseStep',
        pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-01-02T03:04:05Z' }],
      },
    },
    { state: 'Waiting', message: 'Paused: CanaryPauseStep' },
  ],
  'has an analysis as its step': [
    { status: { ...atFirstStep, phase: 'Progressing', currentStepIndex: 2 } },
    { state: 'Waiting', message: 'Progressing' },
  ],
  'has all its new pods, and steps to come': [
    {
      status: { stableRS: 'old', phase: 'Progressing', message: 'waiting for all steps to complete' },
    },
    { state: 'InProgress', message: 'Progressing: waiting for all steps to complete' },
  ],
  'has a preview that nobody promoted': [
    {
      spec: { strategy: blueGreen },
      status: {
        ...{ stableRS: 'old', replicas: 8, blueGreen: { activeSelector: 'old' } },
        phase: 'Paused',
        message: 'BlueGreenPause',
        pauseConditions: [{ reason: 'BlueGreenPause' }],
      },
    },
    { state: 'Waiting', message: 'Paused: BlueGreenPause' },
  ],
  'has an analysis before the switch to its preview': [
    {
      spec: { strategy: blueGreen },
      status: {
        stableRS: 'old',
        phase: 'Progressing',
        blueGreen: { activeSelector: 'old', prePromotionAnalysisRunStatus: { status: 'Running' } },
      },
    },
    { state: 'Waiting', message: 'Progressing' },
  ],
  'has yet to switch its active Service': [
    {
      spec: { strategy: blueGreen },
      status: { phase: 'Progressing', blueGreen: { activeSelector: 'old' } },
    },
    { state: 'InProgress', message: 'Progressing' },
  ],
  'was aborted': [
    {
      status: {
        ...atFirstStep,
        abort: true,
        phase: 'Degraded',
        message: 'RolloutAborted: Rollout aborted update to revision 2',
      },
    },
    { state: 'Aborted', message: 'Degraded: RolloutAborted: Rollout aborted update to revision 2' },
  ],
  'is to be aborted, which its controller has not seen': [
    { status: { ...atFirstStep, abort: true, phase: 'Paused', message: 'CanaryPauseStep' } },
    { state: 'InProgress', message: 'Paused: CanaryPauseStep' },
  ],
  'makes no progress': [
    { status: { ...atFirstStep, phase: 'Degraded', message: 'ProgressDeadlineExceeded: it has timed out' } },
    { state: 'Degraded', message: 'Degraded: ProgressDeadlineExceeded: it has timed out' },
  ],
  'has a spec that its controller refuses': [
    { status: { phase: 'Degraded', message: 'InvalidSpec: The Rollout is invalid' } },
    { state: 'Degraded', message: 'Degraded: InvalidSpec: The Rollout is invalid' },
  ],
  'restarts its pods': [
    {
      spec: { restartAt: '2026-01-02T03:04:05Z' },
      status: { restartedAt: '2026-01-01T00:00:00Z', phase: 'Progressing', message: 'rollout is restarting' },
    },
    { state: 'InProgress', message: 'Progressing: rollout is restarting' },
  ],
};

describe('a Rollout', () => {
  for (const [what, [parts, expected]] of Object.entries(inProgress)) {
    it(`that ${what} is not rolled out, and shows its own state`, () => {
      const state = read(parts);
      assert.deepEqual(state.ownUpdate, expected);
      assert.ok(!isRolledOut(state));
    });
  }

  it('is rolled out when its steps are done and its present template is the stable one', () => {
    const restarted = { restartAt: '2026-01-02T03:04:05Z' };
    for (const parts of [
      {},
      { spec: restarted, status: { restartedAt: '2026-01-02T03:04:05Z' } },
      { spec: { strategy: blueGreen }, status: { blueGreen: { activeSelector: 'new' } } },
    ]) {
      const state = read(parts);
      assert.equal(state.ownUpdate, undefined);
      assert.ok(isRolledOut(state));
    }
  });

  it('reads its observed generation from text, and an older one as not observed', () => {
    assert.ok(read().isObserved);
    for (const observedGeneration of ['6', '', 'x7', '5f7c9', undefined]) {
      const state = read({ status: { observedGeneration, abort: true, stableRS: 'old' } });
      assert.ok(!state.isObserved, observedGeneration);
      assert.equal(state.ownUpdate, undefined);
      assert.ok(!isRolledOut(state));
    }
  });

  it('waits for the last old pod where its strategy keeps none', () => {
    const state = read({ status: { replicas: 5, phase: 'Progressing' } });
    assert.equal(state.total, 5);
    assert.ok(!isRolledOut(state));
  });

  it('does not count old pods that its strategy keeps after the switch', () => {
    const kept = { replicas: 8, blueGreen: { activeSelector: 'new' } };
    for (const [strategy, readyReplicas] of [
      [blueGreen, 4],
      [routed, 8],
    ] as const) {
      const state = read({ spec: { strategy }, status: { ...kept, readyReplicas } });
      assert.deepEqual([state.updated, state.ready, state.total], [4, 4, 4]);
      assert.ok(isRolledOut(state));
      const unready = read({ spec: { strategy }, status: { ...kept, readyReplicas: readyReplicas - 1 } });
      assert.ok(!isRolledOut(unready));
    }
  });

  it('counts the pods of a preview before the switch', () => {
    const status = { stableRS: 'old', replicas: 8, blueGreen: { activeSelector: 'old' } };
    assert.equal(read({ spec: { strategy: blueGreen }, status }).total, 8);
  });

  it('of an object without a status has no pods and is not observed', () => {
    const { metadata, spec } = objectOf();
    const state = readWorkload(rollout, { metadata, spec: { ...spec, strategy: {} } });
    assert.deepEqual([state.isObserved, state.updated, state.ready, state.total], [false, 0, 0, 0]);
  });

  it('may have pods missing as its canary strategy allows, and none of a blue-green one', () => {
    const of = (strategy: object, desired: number) =>
      rollout.maxUnavailable(objectOf({ spec: { strategy } }), desired);
    assert.deepEqual(
      [
        of(canary, 8),
        of({ canary: { maxUnavailable: '50%' } }, 3),
        of({ canary: { maxUnavailable: 0, maxSurge: 0 } }, 3),
        of(blueGreen, 8),
      ],
      [2, 1, 1, 0],
    );
  });

  it('is left alone where a restart would stop its only pod, or its template is elsewhere', () => {
    const oddity = (spec: object) => read({ spec }).oddity;
    const noSurge = { canary: { maxSurge: 0, maxUnavailable: 1 } };
    assert.equal(oddity({ replicas: 1, strategy: noSurge }), 'NoSurge');
    assert.equal(oddity({ replicas: 2, strategy: noSurge }), undefined);
    assert.equal(oddity({ replicas: 1 }), undefined);
    assert.equal(oddity({ replicas: 1, strategy: blueGreen }), undefined);
    assert.equal(oddity({ replicas: 1, strategy: routed }), undefined);
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'base' };
    const { templateSource, templateLabels, ...state } = read({ spec: { template: undefined, workloadRef } });
    assert.equal(state.oddity, 'TemplateElsewhere');
    assert.deepEqual(templateLabels, {});
    assert.deepEqual(templateSource, { kind: 'Deployment', name: 'base', replicaSet: 'cart-new' });
  });

  it('is paused by its owner alone, and not by one of its steps', () => {
    assert.ok(read({ spec: { paused: true } }).isPaused);
    assert.ok(!read({ status: { pauseConditions: [{ reason: 'CanaryPauseStep' }] } }).isPaused);
  });

  it('has the keys that its own template gives to the proxy', () => {
    const secretKeyRef = { name: 'softprobe', key: 'publicKey', optional: true };
    const env = [
      { name: 'SP_PUBLIC_KEY', valueFrom: { secretKeyRef } },
      { name: 'SP_REDACTION_KEY', value: 'in plain sight' },
      { name: 'LOG_LEVEL', valueFrom: { secretKeyRef } },
    ];
    const containers = [
      { name: 'app', env },
      { name: 'istio-proxy', env },
    ];
    const { templateKeys } = read({ spec: { template: { spec: { containers } } } });
    assert.deepEqual(templateKeys, [
      { variable: 'SP_PUBLIC_KEY', secretName: 'softprobe', key: 'publicKey' },
    ]);
    assert.deepEqual(read().templateKeys, []);
  });
});
