import { z } from 'zod';
import { agentPlural, apiGroup } from '../../api/names.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { apiPath } from '../../cluster/kinds.ts';
import type { Check } from './check.ts';

const review = z.object({ status: z.object({ allowed: z.boolean() }) });

/** What the commands of spagent do. */
const needed = [
  { group: apiGroup, resource: agentPlural, verb: 'list' },
  { group: apiGroup, resource: agentPlural, verb: 'patch' },
  { group: apiGroup, resource: agentPlural, verb: 'delete' },
  { group: 'apps', resource: 'deployments', verb: 'patch' },
  { group: '', resource: 'pods', subresource: 'log', verb: 'get' },
] as const;

export const rights: Check = {
  code: 'SP005',
  name: 'Your permissions',
  async run({ client, namespace }) {
    const answers = await Promise.all(
      needed.map((right) =>
        isAllowed(client, { ...right, namespace }).then((allowed) => ({ right, allowed })),
      ),
    );
    const refused = answers
      .filter(({ allowed }) => !allowed)
      .map(
        ({ right }) =>
          `${right.verb} ${right.resource}${'subresource' in right ? `/${right.subresource}` : ''}`,
      );
    if (refused.length === 0)
      return { state: 'Good', message: `all permissions that spagent needs in ${namespace}` };
    return {
      state: 'Doubtful',
      message: `missing in namespace ${namespace}: ${refused.join(', ')}`,
      remedy: 'ask for a RoleBinding, or give another --namespace or --kubeconfig',
    };
  },
};

async function isAllowed(client: ClusterClient, resourceAttributes: object): Promise<boolean> {
  const answer = await client.json({
    method: 'POST',
    path: apiPath('apis', 'authorization.k8s.io', 'v1', 'selfsubjectaccessreviews'),
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    },
  });
  return review.parse(answer).status.allowed;
}
