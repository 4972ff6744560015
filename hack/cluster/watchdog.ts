import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Ends when its standard input does, which is when this process is gone, however it went (SIGKILL too), and then kills
 * and removes what it watches.
 */
const script = `
trap '' INT TERM HUP
pids=
while read -r verb value; do
  case $verb in
    watch) pids="$pids $value " ;;
    forget) pids=$(printf %s "$pids" | sed "s/ $value //") ;;
    remove) set -- "$@" "$value" ;;
  esac
done
[ -z "$pids" ] || kill -KILL $pids
[ $# -eq 0 ] || rm -rf -- "$@"
`;

let input: Socket | undefined;

function send(message: string): void {
  if (!input) {
    // Detached: Ctrl-C on a terminal goes to the whole process group, and must not end the watchdog first.
    const child = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    child.unref();
    input = child.stdin as Socket;
    input.unref();
  }
  input.write(`${message}\n`);
}

/** Kills a process when this one ends, unless it is forgotten before. */
export function killWithParent(pid: number): void {
  send(`watch ${pid}`);
}

export function forget(pid: number): void {
  send(`forget ${pid}`);
}

/** Removes a temporary folder when this process ends, after the processes that may write to it are killed. */
export function removeWithParent(directory: string): void {
  send(`remove ${directory}`);
}
