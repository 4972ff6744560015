import { repeatUntil } from '../repeat-until.ts';
import type { LocalProxy } from './local-proxy.ts';

const names = /^(?:http\.trial\.(downstream_rq_completed)|wasmcustom\.sp_agent_(\w+)): (\d+)$/gm;

/**
 * Waits until the filter has sent all that it recorded: it does so each second. Each request is recorded, replayed, left alone or
 * dropped, and Envoy's counters show it; where they do not add up, the time passes.
 */
export async function settle({ envoy }: LocalProxy, seconds: number): Promise<void> {
  const isSettled = async () => {
    const response = await fetch(
      `${envoy.adminUrl}/stats?filter=^http.trial.downstream_rq_completed$|sp_agent_(saved_spans|lookup_hits|bypassed|dropped_.*|refused)$`,
    );
    let [requests, done] = [0, 0];
    for (const [, ofEnvoy, , value] of (await response.text()).matchAll(names)) {
      if (ofEnvoy) requests = Number(value);
      else done += Number(value);
    }
    return done >= requests;
  };
  await repeatUntil(isSettled, { seconds, pollMilliseconds: 50 });
}
