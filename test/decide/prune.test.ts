import assert from 'node:assert/strict';
import type { IstioKind } from '../../operator/api/istio-kinds.ts';
import type { OwnedResource } from '../../operator/api/resource.ts';
import { prunableResources } from '../../operator/decide/prune.ts';

function owned(kind: IstioKind, name: string): Pick<OwnedResource, 'kind' | 'name'> {
  return { kind, name };
}

const all = [
  owned('DestinationRule', 'a-backend'),
  owned('ServiceEntry', 'a-backend'),
  owned('WasmPlugin', 'a-1'),
  owned('EnvoyFilter', 'a-2'),
];

describe('prune', () => {
  it('keeps what is desired, by kind and name', () => {
    const desired = [
      { kind: 'WasmPlugin', metadata: { name: 'a-1' } },
      { kind: 'TrafficExtension', metadata: { name: 'a-2' } },
      { kind: 'ServiceEntry', metadata: { name: 'a-backend' } },
      { kind: 'DestinationRule', metadata: { name: 'a-backend' } },
    ] as const;
    assert.deepEqual(prunableResources(all, desired), [owned('EnvoyFilter', 'a-2')]);
  });

  it('deletes plug-ins before the backends that they call', () => {
    const kinds = prunableResources(all, []).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['WasmPlugin', 'EnvoyFilter', 'DestinationRule', 'ServiceEntry']);
  });
});
