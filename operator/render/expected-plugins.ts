import type { ExpectedPlugin } from '../api/pod.ts';
import type { Revision } from '../api/revision.ts';
import { pluginName, type Owner } from './metadata.ts';

/** The plug-ins of a revision that a proxy is to run, one per side. */
export function expectedPlugins(agent: Owner, revision: Pick<Revision, 'id' | 'data'>): ExpectedPlugin[] {
  return revision.data.sides.map((side) => ({ name: pluginName({ agent, revision, side }), side }));
}
