import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repeatUntil } from '../../operator/cli/repeat-until.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import type { SelfSigned } from '../cluster/self-signed.ts';
import { launchOperator, type RunningOperator } from '../demo/operator-process.ts';
import { startApiProxy, type AcceptedWrite, type ApiProxy } from './api-proxy.ts';

/** One replica of the operator behind a proxy of its own. Its process is started again whenever it ends, as a kubelet does. */
export interface Replica extends AsyncDisposable {
  readonly proxy: ApiProxy;
  /** Name of the process that runs now: the replica's, and how often it was started. The Lease's holder begins with it. */
  processName(): string;
  operator(): RunningOperator;
  /** Sends a signal to the process; SIGKILL is an end that is expected. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

export interface ReplicaOptions {
  readonly plane: ControlPlane;
  readonly name: string;
  readonly flags: readonly string[];
  readonly certificates: readonly [SelfSigned, SelfSigned];
  readonly accepted: (write: AcceptedWrite) => void;
  /** The process ended, and neither by a signal of ours nor as one that lost its Lease. */
  readonly crashed: (what: string) => void;
}

/** Seconds between the end of a process and the next one. */
const restartSeconds = 1;

/** What the operator logs last when it ends for a reason that others made. */
const orderlyEnds = /"the lease is lost"|"the operator cannot start"|"ended"/;

export async function startReplica(options: ReplicaOptions): Promise<Replica> {
  const { plane, name, certificates, accepted, crashed } = options;
  await using started = new AsyncDisposableStack();
  let starts = 0;
  const processName = () => `${name}.${starts}`;
  const proxy = started.use(
    await startApiProxy({ plane, name, certificates, sender: processName, accepted }),
  );
  const directory = join(plane.stateDirectory, name);
  await mkdir(directory);
  const launch = () => {
    starts += 1;
    return launchOperator(proxy.kubeconfig, directory, {
      flags: ['--leader-elect', ...options.flags],
      environment: { POD_NAME: processName() },
    });
  };
  let operator = await launch();
  let isKilled = false;
  const stopped = new AbortController();
  const supervise = async () => {
    while (!stopped.signal.aborted) {
      const end = await repeatUntil(() => operator.process.exit(), {
        ...{ seconds: Infinity, pollMilliseconds: 100, signal: stopped.signal },
      });
      if (end === undefined || stopped.signal.aborted) return;
      const last = await lastLine(operator);
      if (!isKilled && !orderlyEnds.test(last)) crashed(`${processName()} ended with ${end}: ${last}`);
      isKilled = false;
      await sleep(restartSeconds * 1000);
      operator = await launch();
    }
  };
  const supervised = supervise();
  started.defer(async () => {
    stopped.abort();
    await supervised;
    await operator.process[Symbol.asyncDispose]();
  });
  const rest = started.move();
  return {
    proxy,
    processName,
    operator: () => operator,
    signal: (signal) => {
      if (operator.process.exit() !== undefined) return;
      if (signal === 'SIGKILL') isKilled = true;
      process.kill(operator.process.pid, signal);
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

async function lastLine({ process }: RunningOperator): Promise<string> {
  const text = await readFile(process.logFile, 'utf8');
  return text.trimEnd().split('\n').at(-1) ?? '';
}
