import { tryExchanges, withoutRules } from '../../operator/cli/trial/exchanges.ts';
import { localAgent } from '../../operator/cli/trial/local-agent.ts';
import { startTrial } from '../../operator/cli/trial/trial.ts';
import { trialModule } from '../../operator/cli/trial/trial-module.ts';
import { tool } from '../tools/tool.ts';
import type { Narrator } from './narrate.ts';

/** Builds the filter and runs it in a real Envoy with the development backend. Needs no cluster: it is there within a minute. */
export async function showFilterAlone(narrate: Narrator): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const module = await trialModule(stack, undefined);
  narrate.good(`built from its source: ${module.sizeBytes} bytes, sha256 ${module.digest}`);
  const trial = stack.use(
    await startTrial({
      envoy: await tool('envoy'),
      module,
      agent: withoutRules(await localAgent(undefined)),
      side: 'outbound',
      onLog: () => undefined,
      upstreamStatus: 200,
    }),
  );
  await tryExchanges(trial, narrate.good);
}
