import assert from 'node:assert/strict';
import type { IstioKind } from '../../operator/api/istio-kinds.ts';
import type { DeliveryKind } from '../../operator/api/revision.ts';
import { chooseDelivery } from '../../operator/render/delivery/deliveries.ts';
import { agentOf, minimalSpec, wholeMesh } from '../support/agent.ts';

const older: ReadonlySet<IstioKind> = new Set([
  'WasmPlugin',
  'EnvoyFilter',
  'ServiceEntry',
  'DestinationRule',
]);
const spec = (parts: object = {}) => agentOf({ ...minimalSpec, ...parts }).spec;
const former = (delivery: DeliveryKind, parts: object = {}) => ({
  delivery,
  phase: undefined,
  wantsBodies: true,
  ...parts,
});

describe('the delivery that Auto chooses', () => {
  it('is what the mesh can do best, for an agent without revisions', () => {
    assert.equal(chooseDelivery(spec(), wholeMesh, undefined), 'EnvoyFilter');
    assert.equal(chooseDelivery(spec(), older, undefined), 'WasmPlugin');
  });

  it('stays when a CRD appears with an upgrade of Istio', () => {
    assert.equal(chooseDelivery(spec(), wholeMesh, former('WasmPlugin')), 'WasmPlugin');
  });

  it('is chosen again when the spec asks for something else that it depends on', () => {
    const phase = spec({ delivery: { phase: 'Stats' } });
    assert.equal(chooseDelivery(phase, wholeMesh, former('WasmPlugin')), 'TrafficExtension');
    assert.equal(
      chooseDelivery(spec(), wholeMesh, former('WasmPlugin', { wantsBodies: false })),
      'EnvoyFilter',
    );
  });

  it('is chosen again when the mesh has lost its kind', () => {
    assert.equal(chooseDelivery(spec(), older, former('TrafficExtension')), 'WasmPlugin');
  });

  it('is the one that the spec names, whatever was before', () => {
    const named = spec({ delivery: { api: 'TrafficExtension' } });
    assert.equal(chooseDelivery(named, wholeMesh, former('EnvoyFilter')), 'TrafficExtension');
  });
});
