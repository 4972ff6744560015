import { Option, type Command } from 'commander';
import { unrestrictedPolicy } from '../../api/policy.ts';
import { istioKindNames } from '../../api/istio-kinds.ts';
import { uncheckedRulesHelp } from '../unchecked-rules.ts';
import { digest } from '../arguments.ts';

export function define(command: Command): void {
  command
    .requiredOption('-f, --file <file>', 'YAML with SpAgents; - reads standard input')
    .option('-n, --namespace <name>', 'namespace of SpAgents that name none')
    .addOption(
      new Option(
        '--digest <hex>',
        'digest of the module (default: spec.filter.digest, else that of the bundled filter)',
      )
        .argParser(digest)
        .conflicts('module'),
    )
    .option('--module <file>', 'use the digest of this module')
    .option(
      '--module-base-url <url>',
      'URL at which the operator serves modules',
      'http://sp-agent.sp-system.svc:8080',
    )
    .option('--default-backend-url <url>', "the operator's default backend, if it has one")
    .option('--cluster-domain <domain>', "domain of the cluster's Services", unrestrictedPolicy.clusterDomain)
    .addOption(
      new Option('--istio-kinds <kinds...>', 'Istio kinds that the cluster has')
        .choices(istioKindNames)
        .default(istioKindNames, 'all'),
    )
    .addHelpText('after', uncheckedRulesHelp);
}
