import type { Revision } from '../api/revision.ts';
import { expectedPlugins } from '../render/expected-plugins.ts';
import type { Owner } from '../render/metadata.ts';
import type { PodItem } from './items.ts';
import type { Question } from './verifier.ts';

/** Whether the pod's proxy runs the revision that the pod is labelled with. */
export function proxyQuestion(
  agent: Owner,
  { namespace, name, ip, uid }: Pick<PodItem, 'namespace' | 'name' | 'ip' | 'uid'>,
  {
    revision,
    isSwitched,
  }: { readonly revision: Pick<Revision, 'id' | 'data'>; readonly isSwitched: boolean },
): Question {
  const { reportsRevision = false, failStrategy } = revision.data;
  return {
    agentName: agent.name,
    pod: { namespace, name, ip, uid },
    expected: {
      revision: revision.id,
      plugins: expectedPlugins(agent, revision),
      reportsRevision,
      reloads: failStrategy === 'FailReload',
      isSwitched,
    },
  };
}

/** What a proxy without any revision of the agent's has loaded of other authors. */
export function otherModulesQuestion(
  { name: agentName }: Pick<Owner, 'name'>,
  { namespace, name, ip, uid }: Pick<PodItem, 'namespace' | 'name' | 'ip' | 'uid'>,
): Question {
  return {
    agentName,
    pod: { namespace, name, ip, uid },
    expected: { revision: '', plugins: [], reportsRevision: false, reloads: false, isSwitched: false },
  };
}
