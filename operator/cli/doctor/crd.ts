import { z } from 'zod';
import { agentPlural, apiGroup, apiVersion, revisionPlural } from '../../api/names.ts';
import { hasCode } from '../../cluster/api-error.ts';
import { apiPath } from '../../cluster/kinds.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { specSchema } from '../../api/schema.ts';
import type { Check, Diagnosis } from './check.ts';
import { missingFields, type FieldSchema } from './missing-fields.ts';
import { someOf } from './some-of.ts';

/** What users write, and what the operator keeps. */
const agentCrd = `${agentPlural}.${apiGroup}`;
const crdNames = [agentCrd, `${revisionPlural}.${apiGroup}`];
const remedy = 'kubectl apply -f crds/';

const definition = z.object({
  spec: z.object({
    versions: z.array(
      z.object({
        name: z.string(),
        served: z.boolean(),
        schema: z.object({ openAPIV3Schema: z.custom<FieldSchema>() }).optional(),
      }),
    ),
  }),
  status: z
    .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
    .prefault({}),
});

export const crd: Check = {
  code: 'SP002',
  name: 'SpAgent CRD',
  async run({ client }) {
    const diagnoses = await Promise.all(crdNames.map((name) => diagnose(client, name)));
    const [first = { state: 'Skipped', message: 'there is none to look for' }] = diagnoses;
    return diagnoses.find(({ state }) => state === 'Bad') ?? first;
  },
};

async function diagnose(client: ClusterClient, crdName: string): Promise<Diagnosis> {
  try {
    const object = await client.json({
      path: apiPath('apis', 'apiextensions.k8s.io', 'v1', 'customresourcedefinitions', crdName),
    });
    const { spec, status } = definition.parse(object);
    const served = spec.versions.filter((version) => version.served).map(({ name }) => name);
    if (!served.includes(apiVersion)) {
      const message = `${crdName} serves ${served.join(', ')}, this spagent speaks ${apiVersion}`;
      return { state: 'Bad', message, remedy: `${remedy} of this version` };
    }
    const { schema } = spec.versions.find(({ name }) => name === apiVersion) ?? {};
    const missing = crdName === agentCrd && schema ? fieldsMissingIn(schema.openAPIV3Schema) : [];
    if (missing.length > 0) {
      const message = `${crdName} is of another version: it does not know ${someOf(missing)}`;
      return { state: 'Bad', message, remedy: `${remedy} of this version` };
    }
    if (status.conditions.some(({ type, status: state }) => type === 'Established' && state === 'True')) {
      return { state: 'Good', message: `${crdName} ${apiVersion} is established` };
    }
    return {
      state: 'Bad',
      message: `${crdName} is not established`,
      remedy: `kubectl describe crd ${crdName}`,
    };
  } catch (error) {
    if (!hasCode(error, 404)) throw error;
    return { state: 'Bad', message: `${crdName} is not installed`, remedy };
  }
}

/** Fields of `spec` that this spagent knows. One that the CRD has beyond them is of a later version, and harmless. */
function fieldsMissingIn({ properties }: FieldSchema): string[] {
  const wanted = z.toJSONSchema(specSchema, { target: 'openapi-3.0', io: 'input' }) as FieldSchema;
  return missingFields(wanted, properties?.['spec'] ?? {}, 'spec');
}
