import type { Command } from 'commander';
import { withClusterOptions, connect, type ClusterOptions, type Connection } from '../cluster-command.ts';
import { agents } from '../doctor/agents.ts';
import { apiServer } from '../doctor/api-server.ts';
import type { Check, Diagnosis } from '../doctor/check.ts';
import { crd } from '../doctor/crd.ts';
import { meshKinds } from '../doctor/istio-kinds.ts';
import { modules } from '../doctor/modules.ts';
import { operatorDeployment } from '../doctor/operator-deployment.ts';
import { rights } from '../doctor/rights.ts';
import { Failure } from '../failure.ts';
import { failureText } from '../failure-text.ts';
import type { Terminal } from '../terminal.ts';
import { diagnosisText } from '../view/diagnosis.ts';

/** In the order in which one needs the other. */
const checks: readonly Check[] = [apiServer, crd, meshKinds, operatorDeployment, rights, modules, agents];

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command).action(async (options: ClusterOptions) => {
    await using connection = await connect(terminal, options);
    let problems = 0;
    for (const check of checks) {
      const diagnosis = await diagnose(check, connection);
      terminal.out(diagnosisText(check.name, diagnosis, terminal.paint));
      if (diagnosis.state === 'Bad') problems += 1;
      if (diagnosis.state === 'Bad' && check.isVital) break;
    }
    if (problems > 0) throw new Failure(`${problems} ${problems === 1 ? 'problem' : 'problems'} found`);
  });
}

async function diagnose(check: Check, connection: Connection): Promise<Diagnosis> {
  try {
    return await check.run(connection);
  } catch (error) {
    const remedy = 'solve that first, then run spagent doctor again';
    return { state: 'Bad', message: failureText(error), remedy };
  }
}
