import { existsSync } from 'node:fs';
import { environmentVariable } from './locate.ts';
import { provision } from './provision.ts';
import type { ToolSpec } from './spec.ts';

/** The registry of the Distribution project, to which modules are pushed in tests. */
const dockerRegistry: ToolSpec = {
  name: 'docker-registry',
  executable: 'docker-registry',
  version: '2.8.2',
  level: 1,
  debianArchive: { package: 'docker-registry', member: 'usr/bin/docker-registry' },
};

/** Why this machine cannot have a registry, or nothing when it has one or can fetch it. */
export function whyNoRegistry(): string | undefined {
  const variable = environmentVariable(dockerRegistry.name);
  if (process.env[variable] !== undefined || existsSync('/usr/bin/apt-get')) return undefined;
  return `no registry was found: set ${variable} to the path of the Distribution project's registry`;
}

/** The absolute path of the registry's executable. */
export async function registryExecutable(): Promise<string> {
  return (await provision(dockerRegistry)).path;
}
