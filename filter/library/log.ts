import { at, bytesOf } from './host';
import { proxy_log } from './imports';

// Lines begin with SP, so that `spagent logs` and `spagent dev` show them among those of the proxy.
function write(level: u32, text: string): void {
  const line = bytesOf('SP ' + text);
  proxy_log(level, at(line), line.byteLength);
}

/** Not shown in a cluster, unless the proxy's log level for wasm is debug. `spagent dev` shows it. */
export function logDebug(text: string): void {
  write(1, text);
}

export function logInfo(text: string): void {
  write(2, text);
}

export function logWarning(text: string): void {
  write(3, text);
}

export function logError(text: string): void {
  write(4, text);
}
