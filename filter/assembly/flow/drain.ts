// How a configuration goes. All is done in `proxy_on_done` or, when saves are in progress, after their last answer:
// `proxy_on_delete` would follow at once, and its export would cost each request an entry into the virtual machine.
import { reportMetrics, retractGauges } from '../state/metrics';
import { withdrawRevision } from '../state/revision-metrics';
import { Root, beginDrain, destroyRoot, hasNoActiveRoot } from '../state/root';
import { discardAll, sendAll } from '../save/batches';

/** What was recorded is sent now or never. True when the configuration is gone; else it waits for answers. */
export function drain(root: Root): bool {
  withdrawRevision(root);
  beginDrain(root);
  sendAll(root);
  if (finishDrain(root)) return true;
  reportLast();
  return false;
}

/** Frees a configuration that is draining once nothing is in progress; true when it did. */
export function finishDrain(root: Root): bool {
  if (!root.draining || root.callsInFlight) return false;
  discardAll(root);
  destroyRoot(root);
  reportLast();
  return true;
}

// After the last configuration Envoy destroys the virtual machine at once, whatever is in progress, and the gauges stay.
function reportLast(): void {
  reportMetrics();
  if (hasNoActiveRoot()) retractGauges();
}
