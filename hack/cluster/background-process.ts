import { repeatUntil } from '../../operator/cli/repeat-until.ts';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { messageOf } from '../../operator/api/errors.ts';
import { forget, killWithParent } from './watchdog.ts';

export interface ProcessOptions {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly logFile: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What ends it; SIGKILL is for what has nothing to put in order. Default SIGTERM. */
  readonly stopSignal?: 'SIGTERM' | 'SIGKILL';
}

/** A server that runs beside us, with its output in a file. It ends when disposed, or with this process. */
export interface BackgroundProcess extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** How it ended, once it has. */
  readonly exit: () => string | undefined;
}

/** Milliseconds that a process gets for an orderly end. */
const graceMilliseconds = 10_000;
const pollMilliseconds = 50;

/** The last lines of a log, for an error message. */
function logTail(logFile: string, lines = 15): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

export function startProcess(options: ProcessOptions): BackgroundProcess {
  const [file, ...args] = options.command;
  const log = openSync(options.logFile, 'a');
  const child = spawn(file, args, {
    // Its own process group: Ctrl-C is ours to handle, in the right order.
    detached: true,
    stdio: ['ignore', log, log],
    env: options.environment ?? process.env,
    ...(options.cwd ? { cwd: options.cwd } : {}),
  });
  closeSync(log);
  let exit: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      exit = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      exit = signal ?? `exit code ${code}`;
      if (child.pid) forget(child.pid);
      resolve();
    });
  });
  if (child.pid) killWithParent(child.pid);
  return {
    name: options.name,
    pid: child.pid ?? 0,
    logFile: options.logFile,
    exit: () => exit,
    async [Symbol.asyncDispose]() {
      child.kill(options.stopSignal ?? 'SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
      await ended;
      clearTimeout(timer);
    },
  };
}

/**
 * Waits until a probe holds; a probe that throws has not held yet.
 * @param what is awaited, for the message: "kube-apiserver to be ready".
 * @throws when the process ends first or the deadline passes, with the tail of its log.
 */
export async function awaitReady(
  server: BackgroundProcess,
  what: string,
  { probe, deadlineSeconds }: { probe: () => Promise<boolean>; deadlineSeconds: number },
): Promise<void> {
  let last = 'not yet';
  const attempt = async () => {
    const exit = server.exit();
    if (exit !== undefined) {
      throw new Error(
        `${server.name} ended (${exit}) while waiting for ${what}:\n${logTail(server.logFile)}`,
      );
    }
    return probe().catch((error: unknown) => {
      last = messageOf(error);
      return false;
    });
  };
  if (await repeatUntil(attempt, { seconds: deadlineSeconds, pollMilliseconds })) return;
  throw new Error(
    `timed out after ${deadlineSeconds} s waiting for ${what} (${last}); the end of ${server.logFile}:\n${logTail(server.logFile)}`,
  );
}

/**
 * Starts a server and waits until it is ready; one that does not become so is ended.
 * @param what is awaited, for the message: "kube-proxy to be healthy".
 */
export async function startReadyProcess(
  options: ProcessOptions,
  what: string,
  readiness: Parameters<typeof awaitReady>[2],
): Promise<BackgroundProcess> {
  await using started = new AsyncDisposableStack();
  const server = started.use(startProcess(options));
  await awaitReady(server, what, readiness);
  started.move();
  return server;
}
