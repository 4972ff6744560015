import { execFile } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly timeoutSeconds: number;
  /** Lines of the output that the error shows. Default 15. */
  readonly tailLines?: number;
}

/** A command that could not be started because it is not installed. */
export class CommandMissing extends Error {}

/** Runs a command to its end and returns what it printed. Rejects with the tail of that when it fails. */
export function run(command: readonly [string, ...string[]], options: RunOptions): Promise<string> {
  const [file, ...args] = command;
  const settings = {
    env: options.environment ?? process.env,
    timeout: options.timeoutSeconds * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
    ...(options.cwd ? { cwd: options.cwd } : {}),
  } as const;
  return new Promise((resolve, reject) => {
    execFile(file, args, settings, (error, stdout, stderr) => {
      if (!error) {
        resolve(stdout + stderr);
      } else if (error.code === 'ENOENT') {
        reject(new CommandMissing(`${file} is not installed`, { cause: error }));
      } else {
        const how = error.killed ? `took more than ${options.timeoutSeconds} s` : `failed (${error.code})`;
        const tail = (stdout + stderr)
          .trim()
          .split('\n')
          .slice(-(options.tailLines ?? 15))
          .join('\n');
        reject(new Error(`${command.join(' ')} ${how}:\n${tail}`));
      }
    });
  });
}
