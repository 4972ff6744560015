import { connect, type ClusterOptions } from '../cluster-command.ts';
import { Failure } from '../failure.ts';
import { objectsText } from '../print.ts';
import type { Terminal } from '../terminal.ts';
import { diagnosisText, type Finding } from '../view/diagnosis.ts';

interface DoctorOptions extends ClusterOptions {
  readonly output?: 'json' | 'yaml';
}

export async function run(terminal: Terminal, options: DoctorOptions): Promise<void> {
  await using connection = await connect(terminal, options);
  const { examine } = await import('../doctor/examine.ts');
  const findings: Finding[] = [];
  for await (const finding of examine(connection)) {
    findings.push(finding);
    if (!options.output) terminal.out(diagnosisText(finding, terminal.paint));
  }
  if (options.output) terminal.out(objectsText(options.output, findings));
  const problems = findings.filter(({ state }) => state === 'Bad').length;
  if (problems > 0) throw new Failure(`${problems} ${problems === 1 ? 'problem' : 'problems'} found`);
}
