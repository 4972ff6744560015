import { isReadyNow, templateRevision, type Picture } from './picture.ts';

/**
 * What is missing from the state that the cluster would be in without faults: all agents Ready with all their pods, and nothing
 * left of agents that are gone.
 * @param podsOfAgent that each Deployment has.
 */
export function missingAtEnd(picture: Picture, podsOfAgent: number): string[] {
  const [, agents] = picture.agents;
  const [, pods] = picture.pods;
  const names = new Set(agents.map(({ name }) => name));
  return [
    ...agents.flatMap((agent) => {
      const { name, isLive, status } = agent;
      const target = status.targetRevision;
      if (!isReadyNow(agent)) {
        const ready = status.conditions?.find(({ type }) => type === 'Ready');
        return [`SpAgent ${name} is not Ready: ${ready?.reason ?? 'no status'} ${ready?.message ?? ''}`];
      }
      const own = pods.filter(({ app, isDeleted }) => app === name && !isDeleted);
      const running = own.filter(({ revision, isReady }) => isReady && revision === target);
      return [
        ...(running.length === podsOfAgent && own.length === podsOfAgent
          ? []
          : [`${running.length} of ${podsOfAgent} pods of ${name} run revision ${target}`]),
        ...(status.pods === `${podsOfAgent}/${podsOfAgent}`
          ? []
          : [`SpAgent ${name} shows pods ${status.pods}`]),
        ...(status.stableRevision === target ? [] : [`revision ${target} of ${name} is not stable`]),
        ...(isLive || templateRevision(picture, name) === target
          ? []
          : [`the template of ${name} lacks ${target}`]),
      ];
    }),
    ...[...picture.revisions, ...picture.resources]
      .filter(({ agent }) => !names.has(agent))
      .map(({ name, agent }) => `${name} is left of SpAgent ${agent}, which is gone`),
  ];
}
