import { Option, type Command } from 'commander';
import { withClusterOptions } from '../cluster-command.ts';

const help = `
It has the agents, their revisions and Istio resources, their events, workloads and pods, the filter's statistics of the proxies, the
operator's logs where you may read them, and what spagent doctor finds. It has no Secret, no variable of a container, no configuration
of a filter, no annotation, no request; such values are taken out of logs and messages too.`;

export function define(command: Command): void {
  withClusterOptions(command)
    .option('-A, --all-namespaces', 'agents of all namespaces')
    .addOption(new Option('-f, --file <file>', 'where to write it (default: spagent-support-TIME.tar.gz)'))
    .addHelpText('after', help);
}
