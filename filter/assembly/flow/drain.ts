// How a configuration goes. All is done in `proxy_on_done` or, when saves are under way, after their last answer:
// `proxy_on_delete` would follow at once, and its export would cost each request an entry into the virtual machine.
import { reportMetrics, retractGauges } from '../state/metrics';
import { Root, beginLeaving, destroyRoot, isDeserted } from '../state/root';
import { forgetSaves, sendLast } from '../save/batches';

/** What was recorded is sent now or never. True when the configuration is gone; else it waits for answers. */
export function leave(root: Root): bool {
  beginLeaving(root);
  sendLast(root);
  if (goWhenSettled(root)) return true;
  report();
  return false;
}

/** Frees a configuration that is leaving once nothing is under way; true when it did. */
export function goWhenSettled(root: Root): bool {
  if (!root.leaving || root.callsInFlight) return false;
  forgetSaves(root);
  destroyRoot(root);
  report();
  return true;
}

// After the last configuration Envoy destroys the virtual machine at once, whatever is under way, and the gauges stay.
function report(): void {
  reportMetrics();
  if (isDeserted()) retractGauges();
}
