import { z } from 'zod';
import { apiPath } from '../cluster/kinds.ts';
import type { Connection } from './cluster-command.ts';
import { findOperators } from './operators.ts';

const serverVersion = z.object({ gitVersion: z.string() });

/** Versions of the operators and of Kubernetes. @throws where the user may not see one of them. */
export async function serverVersions({ client }: Connection): Promise<Record<string, string>> {
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
