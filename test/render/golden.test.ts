import { readdirSync, readFileSync } from 'node:fs';
import { dump, load } from 'js-yaml';
import type { ModuleTraits } from '../../operator/api/artifact.ts';
import { istioKindNames, type IstioKind } from '../../operator/api/istio-kinds.ts';
import type { Resource } from '../../operator/api/resource.ts';
import type { OperatorPolicy } from '../../operator/api/policy.ts';
import type { PublicKeyState } from '../../operator/api/snapshot.ts';
import { desiredResources } from '../../operator/render/desired.ts';
import { wantedRevision, type RevisionOutcome } from '../../operator/render/revision.ts';
import { agentOf, artifact, moduleBaseUrl, policy, redactionKey } from '../support/agent.ts';
import { assertGolden } from '../support/golden.ts';

/** `in.yaml`: the present spec, specs whose revisions are kept too (oldest first), and what the cluster has. */
interface Case {
  spec: unknown;
  formerSpecs?: unknown[];
  missingKinds?: IstioKind[];
  publicKeyDigest?: string;
  policy?: Partial<OperatorPolicy>;
  /** Of the module; SP Agent's own filter by default. */
  traits?: Partial<ModuleTraits>;
}

const folder = new URL('../golden/render/', import.meta.url);

describe('render', () => {
  for (const name of readdirSync(folder)) {
    it(`renders ${name.replaceAll('-', ' ')} as reviewed`, () => {
      const input = load(readFileSync(new URL(`${name}/in.yaml`, folder), 'utf8')) as Case;
      assertGolden(new URL(`${name}/out.yaml`, folder), renderCase(input));
    });
  }
});

function renderCase(input: Case): string {
  const outcomes = [...(input.formerSpecs ?? []), input.spec].map((spec) => outcomeOf(spec, input));
  const refusal = outcomes.find((outcome) => 'reason' in outcome);
  if (refusal) return dump(refusal);
  const revisions = outcomes.filter((outcome) => 'data' in outcome);
  return desiredResources(agentOf(input.spec), revisions, moduleBaseUrl).map(toYaml).join('---\n');
}

function outcomeOf(spec: unknown, input: Case): RevisionOutcome {
  const publicKey: PublicKeyState = input.publicKeyDigest
    ? { state: 'Found', digest: input.publicKeyDigest }
    : {
        state: 'Missing',
        reason: 'SecretMissing',
        message: 'Secret shop/backend-key: it does not exist; create it',
      };
  return wantedRevision({
    agent: agentOf(spec),
    artifact: { ...artifact, ...input.traits },
    mesh: new Set(istioKindNames.filter((kind) => !input.missingKinds?.includes(kind))),
    publicKey,
    policy: { ...policy, ...input.policy },
    redactionKey,
  });
}

function toYaml(resource: Resource): string {
  return dump(resource, { lineWidth: -1 });
}
