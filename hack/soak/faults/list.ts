import { allOperatorsKilled } from './all-operators-killed.ts';
import { answersLost } from './answers-lost.ts';
import { apiServerStopped } from './api-server-stopped.ts';
import { certificateChanged } from './certificate-changed.ts';
import { controllersStopped } from './controllers-stopped.ts';
import { etcdSlow } from './etcd-slow.ts';
import { etcdStopped } from './etcd-stopped.ts';
import type { Fault } from './fault.ts';
import { leaderCutOff } from './leader-cut-off.ts';
import { moduleServerGone } from './module-server-gone.ts';
import { moduleStoreFull } from './module-store-full.ts';
import { operatorKilled } from './operator-killed.ts';
import { operatorStopped } from './operator-stopped.ts';
import { serverErrors } from './server-errors.ts';
import { tooManyRequests } from './too-many-requests.ts';
import { watchesCut } from './watches-cut.ts';

/** All faults that a run draws from. */
export const faults: readonly Fault[] = [
  operatorKilled,
  allOperatorsKilled,
  operatorStopped,
  leaderCutOff,
  apiServerStopped,
  controllersStopped,
  etcdStopped,
  etcdSlow,
  watchesCut,
  tooManyRequests,
  serverErrors,
  answersLost,
  certificateChanged,
  moduleServerGone,
  moduleStoreFull,
];
