import type { Action } from '../api/actions.ts';
import { agentKind } from '../api/names.ts';
import type { Problem } from '../api/problem.ts';
import type { Revision } from '../api/revision.ts';
import { noMemory } from '../api/rollout-memory.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { wantedRevision } from '../render/revision.ts';

/** The revision that the present spec asks for. */
export type Target =
  | { readonly state: 'Present'; readonly revision: Revision }
  /** To be created: the filter has accepted its configuration, or cannot be asked. */
  | { readonly state: 'New'; readonly revision: Revision }
  /** The filter has to be asked first. */
  | { readonly state: 'Unchecked'; readonly check: Extract<Action, { kind: 'CheckConfiguration' }> }
  /** The problem is undefined while the module is not there. */
  | { readonly state: 'None'; readonly problem: Problem | undefined };

/** Seconds after which the filter is asked again about a configuration that it may accept later. */
const recheckSeconds = 30;

export function findTarget(snapshot: Snapshot): Target {
  const { agent, artifact, mesh, policy, publicKey, redactionKey, revisions } = snapshot;
  if (artifact.state !== 'Ready') return { state: 'None', problem: undefined };
  const wanted = wantedRevision({
    agent,
    artifact: artifact.artifact,
    mesh,
    publicKey,
    redactionKey,
    policy,
    former: revisions.at(-1)?.data,
  });
  if ('reason' in wanted) {
    const message = `${agentKind} ${agent.namespace}/${agent.name}: ${wanted.message}`;
    return { state: 'None', problem: { reason: wanted.reason, message } };
  }
  // A revision that exists was checked before it was created.
  const present = revisions.find(({ id }) => id === wanted.id);
  if (present) return { state: 'Present', revision: present };
  // A user's own module may need what only a real proxy has.
  if (snapshot.source.isOurs) {
    const verdict = snapshot.configurations.get(wanted.id);
    if (verdict === undefined) return unchecked(snapshot, wanted);
    if (verdict.state === 'Refused') {
      const { retryableSince } = verdict;
      if (retryableSince !== undefined && snapshot.now - retryableSince >= recheckSeconds * 1000) {
        return unchecked(snapshot, wanted);
      }
      return { state: 'None', problem: { reason: verdict.reason, message: verdict.message } };
    }
  }
  return {
    state: 'New',
    revision: {
      id: wanted.id,
      number: 1 + Math.max(0, ...revisions.map(({ number }) => number)),
      data: wanted.data,
      createdAt: new Date(snapshot.now).toISOString(),
      stableSince: undefined,
      failure: undefined,
      memory: noMemory,
    },
  };
}

function unchecked({ agent }: Snapshot, revision: Pick<Revision, 'id' | 'data'>): Target {
  return { state: 'Unchecked', check: { kind: 'CheckConfiguration', agent, revision } };
}
