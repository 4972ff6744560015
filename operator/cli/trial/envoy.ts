import { repeatUntil } from '../repeat-until.ts';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyBootstrap, listenersFile, type ClusterTarget, type EnvoyListener } from './envoy-bootstrap.ts';

export interface EnvoyOptions {
  /** Path of the Envoy executable. */
  readonly binary: string;
  readonly listeners: readonly EnvoyListener[];
  /** Name of a cluster → where it leads. */
  readonly clusters: Readonly<Record<string, ClusterTarget>>;
  /** Added to the process's environment, for a filter that reads it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The proxy's own description, in Envoy's own form: a filter reads its metadata. */
  readonly node?: object;
  /** Level of Envoy's wasm log, where the filter's own lines are. Default `info`. */
  readonly wasmLogLevel?: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  /**
   * Number of worker threads, each with a virtual machine of its own. Default 1: what a test or a measurement sees does
   * not depend on which worker took the connection.
   */
  readonly workers?: number;
  /** Takes each piece of the log as it comes. */
  readonly onLog?: (text: string) => void;
  /** Whether listeners may be replaced. Envoy then starts without those that the filter refuses. */
  readonly replaceable?: boolean;
}

/** A running Envoy on loopback. Disposing it ends the process and removes its files. */
export interface Envoy extends AsyncDisposable {
  readonly adminUrl: string;
  readonly pid: number;
  /** Base URL of a listener, by its name. */
  listenerUrl(name: string): string;
  /** All that it has logged so far. */
  log(): string;
  /** Replaces all listeners of an Envoy that was started `replaceable`; the old ones go one second later. */
  replaceListeners(listeners: readonly EnvoyListener[]): Promise<void>;
}

const startDeadlineSeconds = 30;
const logCharactersMax = 4 * 1024 * 1024;

/**
 * Starts a real Envoy with the given listeners, on free ports.
 * @throws with Envoy's own words if it refuses the configuration or does not come up in 30 s.
 */
export async function startEnvoy(options: EnvoyOptions): Promise<Envoy> {
  await using starting = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sp-agent-envoy-'));
  starting.defer(() => rm(directory, { recursive: true, force: true }));
  const configFile = join(directory, 'envoy.json');
  const adminFile = join(directory, 'admin-address');
  const fileOfListeners = join(directory, 'listeners.json');
  const replaceListeners = (listeners: readonly EnvoyListener[]) =>
    replaceFile(fileOfListeners, listenersFile(listeners));
  if (options.replaceable) await replaceListeners(options.listeners);
  const listeners = options.replaceable ? fileOfListeners : options.listeners;
  const bootstrap = envoyBootstrap(listeners, options.clusters, options.node);
  await writeFile(configFile, JSON.stringify(bootstrap));
  const level = options.wasmLogLevel ?? 'info';
  const child = spawn(
    options.binary,
    ['-c', configFile, '--use-dynamic-base-id', '--log-level', 'warn'].concat(
      ['--concurrency', String(options.workers ?? 1)],
      ['--component-log-level', `wasm:${level}`],
      ['--admin-address-path', adminFile],
      ['--drain-time-s', '1'],
    ),
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.environment } },
  );
  starting.defer(() => stop(child));
  const log = collectLog(child, options.onLog);

  const adminUrl = await waitForAdmin(child, adminFile, log);
  const urls = await listenerUrls(adminUrl);
  const running = starting.move();
  return {
    adminUrl,
    pid: child.pid ?? 0,
    listenerUrl(name) {
      const url = urls.get(name);
      if (url === undefined) throw new Error(`Envoy has no listener ${name}`);
      return url;
    },
    log,
    replaceListeners,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Envoy takes notice of files that are moved into place. */
async function replaceFile(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}

function collectLog(child: ChildProcess, onLog?: (text: string) => void): () => string {
  let text = '';
  const append = (chunk: string) => {
    onLog?.(chunk);
    // The end of a long log has the reason.
    text = (text + chunk).slice(-logCharactersMax);
  };
  child.stdout?.setEncoding('utf8').on('data', append);
  child.stderr?.setEncoding('utf8').on('data', append);
  child.on('error', (error) => append(`${error.message}\n`));
  return () => text;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(timer);
}

async function waitForAdmin(child: ChildProcess, adminFile: string, log: () => string): Promise<string> {
  const attempt = async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new Error(`Envoy did not start:\n${log().trimEnd()}`);
    }
    const address = await readFile(adminFile, 'utf8').catch(() => '');
    if (address === '') return undefined;
    const ready = await fetch(`http://${address}/ready`).catch(() => undefined);
    return ready?.ok ? `http://${address}` : undefined;
  };
  const url = await repeatUntil(attempt, { seconds: startDeadlineSeconds, pollMilliseconds: 20 });
  if (url !== undefined) return url;
  throw new Error(`Envoy was not ready after ${startDeadlineSeconds} s:\n${log().trimEnd()}`);
}

interface ListenerStatuses {
  /** Absent where there are none. */
  readonly listener_statuses?: readonly {
    readonly name: string;
    readonly local_address: {
      readonly socket_address: { readonly address: string; readonly port_value: number };
    };
  }[];
}

async function listenerUrls(adminUrl: string): Promise<Map<string, string>> {
  const response = await fetch(`${adminUrl}/listeners?format=json`);
  const { listener_statuses = [] } = (await response.json()) as ListenerStatuses;
  return new Map(
    listener_statuses.map(({ name, local_address: { socket_address: at } }) => [
      name,
      `http://${at.address}:${at.port_value}`,
    ]),
  );
}
