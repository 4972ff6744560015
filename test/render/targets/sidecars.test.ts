import assert from 'node:assert/strict';
import fc from 'fast-check';
import { selectorText, selectsPod } from '../../../operator/render/targets/sidecars.ts';
import { agentOf } from '../../support/agent.ts';

type Labels = Readonly<Record<string, string>>;

function selectorOf(selector: object) {
  return agentOf({ selector }).spec.selector;
}

function selects(expression: object, labels: Labels): boolean {
  return selectsPod(selectorOf({ matchExpressions: [expression] }), labels);
}

describe('the selector of sidecars', () => {
  const cases: Record<string, { expression: object; selected: Labels[]; left: Labels[] }> = {
    In: {
      expression: { key: 'tier', operator: 'In', values: ['web', 'api'] },
      selected: [{ tier: 'web' }, { tier: 'api', app: 'a' }],
      left: [{ tier: 'db' }, {}],
    },
    NotIn: {
      expression: { key: 'tier', operator: 'NotIn', values: ['db'] },
      selected: [{ tier: 'web' }, {}],
      left: [{ tier: 'db' }],
    },
    Exists: {
      expression: { key: 'tier', operator: 'Exists' },
      selected: [{ tier: '' }, { tier: 'web' }],
      left: [{}, { app: 'tier' }],
    },
    DoesNotExist: {
      expression: { key: 'tier', operator: 'DoesNotExist' },
      selected: [{}, { app: 'tier' }],
      left: [{ tier: '' }, { tier: 'web' }],
    },
  };
  for (const [operator, { expression, selected, left }] of Object.entries(cases)) {
    it(`evaluates ${operator} as Kubernetes does`, () => {
      for (const labels of selected) assert.ok(selects(expression, labels), JSON.stringify(labels));
      for (const labels of left) assert.ok(!selects(expression, labels), JSON.stringify(labels));
    });
  }

  it('takes no name that every object inherits for a label', () => {
    assert.ok(!selects({ key: 'constructor', operator: 'Exists' }, {}));
    assert.ok(selects({ key: 'constructor', operator: 'DoesNotExist' }, {}));
  });

  it('needs all labels and all expressions to hold', () => {
    const selector = selectorOf({
      matchLabels: { app: 'checkout' },
      matchExpressions: [
        { key: 'tier', operator: 'Exists' },
        { key: 'canary', operator: 'DoesNotExist' },
      ],
    });
    const all = { app: 'checkout', tier: 'web' };
    assert.ok(selectsPod(selector, all));
    const others = [{ ...all, app: 'cart' }, { app: 'checkout' }, { ...all, canary: 'yes' }];
    for (const labels of others) assert.ok(!selectsPod(selector, labels), JSON.stringify(labels));
  });

  it('selects the opposite with the opposite operator', () => {
    const value = fc.constantFrom('web', 'api', 'db', '');
    const pod = fc.record({ tier: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(pod, fc.array(value, { minLength: 1, maxLength: 3 }), (labels, values) => {
        const select = (operator: string, list: string[] = []) =>
          selects({ key: 'tier', operator, values: list }, labels);
        assert.notEqual(select('In', values), select('NotIn', values));
        assert.notEqual(select('Exists'), select('DoesNotExist'));
      }),
    );
  });

  it('is written as kubectl takes it', () => {
    const selector = selectorOf({
      matchLabels: { app: 'checkout', tier: 'web' },
      matchExpressions: [
        { key: 'zone', operator: 'In', values: ['a', 'b'] },
        { key: 'size', operator: 'NotIn', values: ['xl'] },
        { key: 'canary', operator: 'DoesNotExist' },
        { key: 'team', operator: 'Exists' },
      ],
    });
    assert.equal(selectorText(selector), 'app=checkout,tier=web,zone in (a,b),size notin (xl),!canary,team');
  });
});
