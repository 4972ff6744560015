import { setTimeout as sleep } from 'node:timers/promises';
import { repeatUntil } from '../../operator/cli/repeat-until.ts';
import type { ClusterClient } from '../../operator/cluster/client.ts';
import { missingAtEnd } from './observer/end-state.ts';
import { takePicture } from './observer/picture.ts';
import type { WriteLog } from './observer/write-log.ts';
import type { Replica } from './replica.ts';

export interface EndOptions {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly podsOfAgent: number;
  readonly writeLog: WriteLog;
  readonly replicas: readonly Replica[];
}

/** Time to come to the state that would be without faults. Seconds. */
const recoverySeconds = 240;
/** Time in which no write shows that nothing is left to do. Seconds. */
const quietSeconds = 10;
/** A leader that starts looks through all modules, and deletes those that a former one could not. */
const moduleDeletion = /: (DELETE|PATCH) .*\/configmaps\//;

/** Until another process leads: a Lease, and the caches. Seconds. */
const takeoverSeconds = 90;

/**
 * Waits for the state that would be without faults, and lets another process lead, which must find nothing to do.
 * @returns what is missing, a line for each object.
 */
export async function endViolations(options: EndOptions): Promise<string[]> {
  const { client, namespace, podsOfAgent, writeLog } = options;
  let missing: string[] = [];
  const isAsWithout = async () => {
    missing = await takePicture(client, namespace).then(
      (picture) => missingAtEnd(picture, podsOfAgent),
      (error: unknown) => [`the API server does not answer: ${String(error)}`],
    );
    return missing.length === 0;
  };
  if (!(await repeatUntil(isAsWithout, { seconds: recoverySeconds, pollMilliseconds: 1000 }))) {
    return missing.map((what) => `${recoverySeconds} s after the last fault: ${what}`);
  }
  if (!(await isQuiet(writeLog))) {
    return [`${recoverySeconds} s after the end was reached, the operator still writes`];
  }
  return takeoverViolations(options);
}

async function isQuiet(writeLog: WriteLog): Promise<boolean> {
  let last = writeLog.writes;
  let since = performance.now();
  const quiet = () => {
    if (writeLog.writes !== last) since = performance.now();
    last = writeLog.writes;
    return performance.now() - since > quietSeconds * 1000;
  };
  return (await repeatUntil(quiet, { seconds: recoverySeconds, pollMilliseconds: 250 })) ?? false;
}

async function takeoverViolations({ writeLog, replicas }: EndOptions): Promise<string[]> {
  const leads = () => replicas.find((replica) => replica.processName() === writeLog.leader());
  const leader = await repeatUntil(leads, { seconds: takeoverSeconds, pollMilliseconds: 250 });
  if (leader === undefined) return ['no process leads at the end'];
  const [takeovers, writes] = [writeLog.takeovers, writeLog.writes];
  leader.signal('SIGKILL');
  const isTaken = () => writeLog.takeovers > takeovers;
  if (!(await repeatUntil(isTaken, { seconds: takeoverSeconds, pollMilliseconds: 250 }))) {
    return [`nobody took over within ${takeoverSeconds} s after the leader was killed`];
  }
  await sleep(quietSeconds * 1000);
  return writeLog
    .after(writes)
    .filter((write) => !moduleDeletion.test(write))
    .map((write) => `the next leader wrote though nothing was left to do: ${write}`);
}
