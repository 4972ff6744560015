import assert from 'node:assert/strict';
import type { IstioKind } from '../../operator/api/istio-kinds.ts';
import type { DeliveryKind } from '../../operator/api/revision.ts';
import { chooseDelivery } from '../../operator/render/delivery/deliveries.ts';
import type { DeliveryNeeds } from '../../operator/render/delivery/delivery.ts';
import { wholeMesh } from '../support/agent.ts';

const older: ReadonlySet<IstioKind> = new Set([
  'WasmPlugin',
  'EnvoyFilter',
  'ServiceEntry',
  'DestinationRule',
]);
const needs = (parts: Partial<DeliveryNeeds> = {}): DeliveryNeeds => ({
  api: 'Auto',
  phase: undefined,
  wantsBodies: true,
  wantsText: false,
  ...parts,
});
const former = (delivery: DeliveryKind, parts: object = {}) => ({
  delivery,
  phase: undefined,
  wantsBodies: true,
  ...parts,
});

describe('the delivery that Auto chooses', () => {
  it('is what the mesh can do best, for an agent without revisions', () => {
    assert.equal(chooseDelivery(needs(), wholeMesh, undefined), 'EnvoyFilter');
    assert.equal(chooseDelivery(needs(), older, undefined), 'WasmPlugin');
  });

  it('stays when a CRD appears with an upgrade of Istio', () => {
    assert.equal(chooseDelivery(needs(), wholeMesh, former('WasmPlugin')), 'WasmPlugin');
  });

  it('is chosen again when the spec asks for something else that it depends on', () => {
    const phase = needs({ phase: 'Stats' });
    assert.equal(chooseDelivery(phase, wholeMesh, former('WasmPlugin')), 'TrafficExtension');
    assert.equal(
      chooseDelivery(needs(), wholeMesh, former('WasmPlugin', { wantsBodies: false })),
      'EnvoyFilter',
    );
  });

  it('is chosen again when the mesh has lost its kind', () => {
    assert.equal(chooseDelivery(needs(), older, former('TrafficExtension')), 'WasmPlugin');
  });

  it('is the one that the spec names, whatever was before', () => {
    const named = needs({ api: 'TrafficExtension' });
    assert.equal(chooseDelivery(named, wholeMesh, former('EnvoyFilter')), 'TrafficExtension');
  });

  it('carries text, which only an EnvoyFilter can, also where the last one could not', () => {
    const text = needs({ wantsBodies: false, wantsText: true });
    assert.equal(chooseDelivery(text, older, undefined), 'EnvoyFilter');
    assert.equal(
      chooseDelivery(text, wholeMesh, former('WasmPlugin', { wantsBodies: false })),
      'EnvoyFilter',
    );
  });

  it('is refused, with the way out, where what the spec names cannot carry text', () => {
    assert.throws(() => chooseDelivery(needs({ api: 'WasmPlugin', wantsText: true }), wholeMesh, undefined), {
      reason: 'SpecInvalid',
      message: /a WasmPlugin carries no other; make it an object, or set spec\.delivery\.api: EnvoyFilter/,
    });
  });
});
