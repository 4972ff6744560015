import { Option, type Command } from 'commander';
import { connect, withClusterOptions, type ClusterOptions } from '../cluster-command.ts';
import { examine } from '../doctor/examine.ts';
import { Failure } from '../failure.ts';
import { objectsText } from '../print.ts';
import type { Terminal } from '../terminal.ts';
import { diagnosisText, type Finding } from '../view/diagnosis.ts';

interface DoctorOptions extends ClusterOptions {
  readonly output?: 'json' | 'yaml';
}

const help = `
Each finding has a code; docs/troubleshooting.md explains it. What you have no rights to look at is skipped. It looks at the
agents of all namespaces, or of one where you may not list all.`;

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command)
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json', 'yaml']))
    .addHelpText('after', help)
    .action(async (options: DoctorOptions) => {
      await using connection = await connect(terminal, options);
      const findings: Finding[] = [];
      for await (const finding of examine(connection)) {
        findings.push(finding);
        if (!options.output) terminal.out(diagnosisText(finding, terminal.paint));
      }
      if (options.output) terminal.out(objectsText(options.output, findings));
      const problems = findings.filter(({ state }) => state === 'Bad').length;
      if (problems > 0) throw new Failure(`${problems} ${problems === 1 ? 'problem' : 'problems'} found`);
    });
}
