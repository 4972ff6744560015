// A backend that hangs or is gone costs the first requests their time-out, not every request: after some lookups in a row
// without an answer the circuit opens, and requests continue without a lookup. From time to time one lookup probes the backend;
// an answer, whatever it is, closes the circuit.
import { text } from '../core/bytes';
import { INFO, WARN, log } from '../host/abi';
import { Root, ticksOf } from '../state/root';

const OPENED = text('SP lookups paused: the backend does not answer; one lookup at a time probes it');
const CLOSED = text('SP lookups resumed: the backend answers');

/** Whether a request may be looked up now. While the circuit is open, true once per `lookup.circuitBreaker.openMs`. */
export function allowsLookup(root: Root): bool {
  if (!root.circuitOpen) return true;
  if (root.ticks - root.probedTick < ticksOf(root, root.circuitOpenMs)) return false;
  root.probedTick = root.ticks;
  return true;
}

export function noteAnswer(root: Root): void {
  root.failuresInRow = 0;
  if (!root.circuitOpen) return;
  root.circuitOpen = false;
  log(INFO, CLOSED);
}

/** A lookup got no answer: time-out, refused or broken connection. */
export function noteNoAnswer(root: Root): void {
  root.failuresInRow++;
  if (root.circuitOpen || !root.circuitFailures || root.failuresInRow < root.circuitFailures) return;
  root.circuitOpen = true;
  root.probedTick = root.ticks;
  log(WARN, OPENED);
}
