import projectPackage from '../../../package.json' with { type: 'json' };
import { connect, type ClusterOptions } from '../cluster-command.ts';
import { failureText } from '../failure-text.ts';
import { objectsText } from '../print.ts';
import { serverVersions } from '../server-versions.ts';
import type { Terminal } from '../terminal.ts';

interface VersionOptions extends ClusterOptions {
  readonly client?: boolean;
  readonly output?: 'json' | 'yaml';
}

export async function run(terminal: Terminal, options: VersionOptions): Promise<void> {
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
}

function linesOf(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}\n`)
    .join('');
}
