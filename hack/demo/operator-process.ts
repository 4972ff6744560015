import { join } from 'node:path';
import { awaitReady, startProcess, type BackgroundProcess } from '../cluster/background-process.ts';
import { freePorts } from '../cluster/free-ports.ts';
import { operatorCommand } from '../image/operator-command.ts';

/** A part of the product that runs as a process of its own, as it would in a pod. */
export interface RunningService {
  readonly url: string;
  readonly process: BackgroundProcess;
}

export interface RunningOperator extends RunningService {
  /** Of Prometheus's page. */
  readonly metricsUrl: string;
  readonly readyUrl: string;
}

/** What an operator is started with beyond its usual flags. */
interface OperatorSettings {
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts the operator outside the cluster; it serves modules on the returned URL. */
export async function startOperator(
  kubeconfig: string,
  stateDirectory: string,
  flags: readonly string[] = [],
): Promise<RunningOperator> {
  await using started = new AsyncDisposableStack();
  const operator = await launchOperator(kubeconfig, stateDirectory, { flags });
  started.use(operator.process);
  const probe = async () => (await fetch(operator.readyUrl)).ok;
  await awaitReady(operator.process, operator.readyUrl, { probe, deadlineSeconds: 30 });
  started.move();
  return operator;
}

/** The same, without waiting until it is ready. */
export async function launchOperator(
  kubeconfig: string,
  stateDirectory: string,
  { flags = [], environment = {} }: OperatorSettings,
): Promise<RunningOperator> {
  const [port, probePort, metricsPort] = await freePorts(3);
  const url = `http://127.0.0.1:${port}`;
  const process = startProcess({
    name: 'operator',
    command: [
      globalThis.process.execPath,
      ...operatorCommand.words,
      `--kubeconfig=${kubeconfig}`,
      '--namespace=sp-system',
      `--listen=127.0.0.1:${port}`,
      `--probe-listen=127.0.0.1:${probePort}`,
      `--metrics-listen=127.0.0.1:${metricsPort}`,
      `--module-base-url=${url}`,
      // kwok plays the pods: there are no proxies in them that could be asked.
      '--no-verify-proxies',
      ...flags,
    ],
    environment: { ...globalThis.process.env, ...operatorCommand.environment, ...environment },
    logFile: join(stateDirectory, 'operator.log'),
  });
  return {
    url,
    process,
    readyUrl: `http://127.0.0.1:${probePort}/readyz`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
  };
}

/** Starts the development backend, with its recordings in the state directory. */
export async function startBackend(stateDirectory: string): Promise<RunningService> {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const process = startProcess({
    name: 'backend',
    command: [
      globalThis.process.execPath,
      'operator/backend/main.ts',
      '--host=127.0.0.1',
      `--port=${port}`,
      `--data=${join(stateDirectory, 'recordings.sqlite')}`,
    ],
    logFile: join(stateDirectory, 'backend.log'),
  });
  const probe = async () => (await fetch(`${url}/api/recordings`)).ok;
  await awaitReady(process, `${url}/api/recordings`, { probe, deadlineSeconds: 30 });
  return { url, process };
}
