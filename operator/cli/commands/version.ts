import { Option, type Command } from 'commander';
import { z } from 'zod';
import projectPackage from '../../../package.json' with { type: 'json' };
import { apiPath } from '../../cluster/kinds.ts';
import { connect, withClusterOptions, type ClusterOptions, type Connection } from '../cluster-command.ts';
import { failureText } from '../failure-text.ts';
import { findOperators } from '../operators.ts';
import { objectsText } from '../print.ts';
import type { Terminal } from '../terminal.ts';

interface VersionOptions extends ClusterOptions {
  readonly client?: boolean;
  readonly output?: 'json' | 'yaml';
}

const serverVersion = z.object({ gitVersion: z.string() });

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command)
    .option('--client', 'only the version of spagent, without asking the cluster')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json', 'yaml']))
    .action(async (options: VersionOptions) => {
      const versions: Record<string, string> = { spagent: projectPackage.version };
      let failure: unknown;
      if (!options.client) {
        try {
          await using connection = await connect(terminal, options);
          Object.assign(versions, await serverVersions(connection));
        } catch (error) {
          failure = error;
        }
      }
      terminal.out(options.output ? objectsText(options.output, versions) : linesOf(versions));
      if (failure !== undefined) throw new Error(failureText(failure), { cause: failure });
    });
}

async function serverVersions({ client }: Connection): Promise<Record<string, string>> {
  const [kubernetes, operators] = await Promise.all([
    client.json({ path: apiPath('version') }),
    findOperators(client),
  ]);
  const versions = new Set(operators.map(({ version }) => version ?? 'unknown'));
  return {
    operator: versions.size === 0 ? 'not installed' : [...versions].join(', '),
    kubernetes: serverVersion.parse(kubernetes).gitVersion,
  };
}

function linesOf(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}\n`)
    .join('');
}
