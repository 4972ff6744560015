import type { Finding } from '../../../operator/cli/view/diagnosis.ts';
import { spagent } from '../../support/cli.ts';
import { sharedMesh } from './shared-mesh.ts';

/** What `spagent doctor` finds, as "state: message". */
export async function findingOf(code: string): Promise<string> {
  const { mesh } = await sharedMesh();
  const { out } = await spagent('doctor', '--kubeconfig', mesh.kubeconfig, '-o', 'json');
  const finding = (JSON.parse(out) as Finding[]).find((one) => one.code === code);
  if (finding === undefined) throw new Error(`spagent doctor has no finding ${code}`);
  return `${finding.state}: ${finding.message}`;
}
