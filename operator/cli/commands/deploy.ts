import { Option, type Command } from 'commander';
import { uncheckedRulesHelp } from '../unchecked-rules.ts';
import { labels, digest } from '../arguments.ts';
import { withClusterOptions, timeoutOption } from '../cluster-command.ts';

const defaultsHelp = `
A field whose flag is left out gets its default, unless another client such as kubectl apply set it`;

export function define(command: Command): void {
  withClusterOptions(command)
    .requiredOption('-l, --selector <labels>', 'labels of the pods, such as app=checkout', labels)
    .addOption(
      new Option('--direction <side>', 'traffic that the filter sees').choices([
        'Outbound',
        'Inbound',
        'Both',
      ]),
    )
    .option('--backend <url>', 'base URL of the backend')
    .option('--public-key-secret <name[:key]>', "Secret with the backend's key")
    .option(
      '--filter-url <url>',
      'fetch a compiled module (https:// or oci://) instead of building the bundled source',
    )
    .option('--pull-secret <name>', 'Secret with the login to the registry of an oci:// URL')
    .option('--filter-digest <hex>', 'digest (SHA-256) that the module must have', digest)
    .addOption(
      new Option(
        '--source <directory>',
        'build this source instead of the bundled one; it is put into the ConfigMap <agent>-source',
      ).conflicts(['sourceConfigMap', 'filterUrl']),
    )
    .option('--source-config-map <name>', 'build the source in this ConfigMap')
    .option('--filter-config <file>', 'configuration of a custom filter: JSON, or else text')
    .addOption(
      new Option('--delivery <api>', 'Istio API to use').choices([
        'Auto',
        'WasmPlugin',
        'TrafficExtension',
        'EnvoyFilter',
      ]),
    )
    .option('--dry-run', 'print what would be applied instead of applying it')
    .option('--no-wait', 'do not wait until it is Ready')
    .addOption(timeoutOption('longest time to wait', '10m'))
    .addHelpText('after', `${defaultsHelp}\n${uncheckedRulesHelp}`);
}
