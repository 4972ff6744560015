import { load } from 'js-yaml';
import { parseAgent } from '../../operator/api/parse.ts';
import { unrestrictedPolicy, type OperatorPolicy } from '../../operator/api/policy.ts';
import type { SpAgent } from '../../operator/api/schema.ts';
import type { Artifact } from '../../operator/api/artifact.ts';
import { istioKindNames, type MeshKinds } from '../../operator/api/istio-kinds.ts';

const metadata = {
  namespace: 'shop',
  name: 'checkout',
  uid: '6f1c2a5e-0b6d-4c0e-9d55-0c7a3b0f8a11',
  generation: 1,
  creationTimestamp: '2026-01-02T03:04:05Z',
};

/** An agent as the API server would give it, from the YAML of its spec, or from a spec. */
export function agentOf(spec: unknown): SpAgent {
  const parsed = parseAgent({ metadata, spec: typeof spec === 'string' ? load(spec) : spec });
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.agent;
}

/** Of an operator whose administrator gave a default backend, and forbade nothing. */
export const policy: OperatorPolicy = { ...unrestrictedPolicy, defaultBackendUrl: 'https://o.softprobe.ai' };

export const minimalSpec = { selector: { matchLabels: { app: 'checkout' } } };

export const moduleBaseUrl = 'http://sp-agent.sp-system.svc:8080';

export const artifact: Artifact = {
  digest: '9f2c41d07a3e'.padEnd(64, '0'),
  sizeBytes: 40_000,
  reportsRevision: true,
  readsSpec: true,
  rootId: undefined,
  source: 'bundled source',
  url: `${moduleBaseUrl}/filters/${'9f2c41d07a3e'.padEnd(64, '0')}.wasm`,
};

/** Of an agent whose markers carry digests. */
export const redactionKey = { state: 'Found', digest: 'e'.repeat(64) } as const;

export const wholeMesh: MeshKinds = new Set(istioKindNames);
