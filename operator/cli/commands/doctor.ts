import { Option, type Command } from 'commander';
import { hasCode } from '../../cluster/api-error.ts';
import { connect, withClusterOptions, type ClusterOptions, type Connection } from '../cluster-command.ts';
import type { Check, Diagnosis } from '../doctor/check.ts';
import { checks } from '../doctor/checks.ts';
import { Failure } from '../failure.ts';
import { failureText } from '../failure-text.ts';
import { objectsText } from '../print.ts';
import type { Terminal } from '../terminal.ts';
import { diagnosisText, type Finding } from '../view/diagnosis.ts';

interface DoctorOptions extends ClusterOptions {
  readonly output?: 'json' | 'yaml';
}

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command)
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json', 'yaml']))
    .addHelpText('after', '\nEach finding has a code; docs/troubleshooting.md explains it.')
    .action(async (options: DoctorOptions) => {
      await using connection = await connect(terminal, options);
      const findings: Finding[] = [];
      for (const check of checks) {
        const finding = { code: check.code, name: check.name, ...(await diagnose(check, connection)) };
        findings.push(finding);
        if (!options.output) terminal.out(diagnosisText(finding, terminal.paint));
        if (finding.state === 'Bad' && check.isVital) break;
      }
      if (options.output) terminal.out(objectsText(options.output, findings));
      const problems = findings.filter(({ state }) => state === 'Bad').length;
      if (problems > 0) throw new Failure(`${problems} ${problems === 1 ? 'problem' : 'problems'} found`);
    });
}

async function diagnose(check: Check, connection: Connection): Promise<Diagnosis> {
  try {
    return await check.run(connection);
  } catch (error) {
    // Users with permissions in one namespace need not see the rest of the cluster.
    if (hasCode(error, 403)) return { state: 'Skipped', message: failureText(error) };
    const remedy = 'solve that first, then run spagent doctor again';
    return { state: 'Bad', message: failureText(error), remedy };
  }
}
