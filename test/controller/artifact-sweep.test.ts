import assert from 'node:assert/strict';
import { noTraits } from '../../operator/api/artifact.ts';
import { planSweep, type ModuleUse } from '../../operator/controller/artifact-sweep.ts';

const now = Date.parse('2026-01-02T12:00:00Z');

interface Part {
  readonly namespaces?: readonly string[];
  readonly createdAt?: string;
  readonly isWhole?: boolean;
}

const module = (digest: string, { namespaces = ['shop'], createdAt, isWhole = true }: Part = {}) => ({
  digest,
  sizeBytes: 1,
  storedBytes: 1,
  ...noTraits,
  createdAt: createdAt ?? '2026-01-02T11:59:59Z',
  sourceKeys: [`source of ${digest}`],
  namespaces,
  isWhole,
});

const use = (
  usedBy: Readonly<Record<string, readonly string[]>>,
  more: Partial<ModuleUse> = {},
): ModuleUse => ({
  usedBy: new Map(Object.entries(usedBy).map(([digest, names]) => [digest, new Set(names)])),
  isWatched: () => true,
  isAwaited: () => false,
  now,
  ...more,
});

const unusedOf = (modules: readonly ReturnType<typeof module>[], known: ModuleUse) =>
  planSweep(modules, known).unused.map(({ digest }) => digest);

describe('artifact sweep', () => {
  it('deletes a module at once when nothing names it any more, and spares those that are named', () => {
    assert.deepEqual(unusedOf([module('named'), module('unnamed')], use({ named: ['shop'] })), ['unnamed']);
  });

  it('spares a module that is being made, and one that is not complete and may be', () => {
    const half = { isWhole: false, namespaces: [] };
    const modules = [
      module('in work'),
      module('half, young', half),
      module('half, old', { ...half, createdAt: '2026-01-02T10:00:00Z' }),
    ];
    const isAwaited: ModuleUse['isAwaited'] = ({ digest }) => digest === 'in work';
    assert.deepEqual(unusedOf(modules, use({}, { isAwaited })), ['half, old']);
  });

  it('spares a module that a namespace uses which is no longer watched', () => {
    const isWatched = (name: string) => name === 'shop';
    const modules = [
      module('theirs', { namespaces: ['cart'] }),
      module('both', { namespaces: ['cart', 'shop'] }),
    ];
    const plan = planSweep(modules, use({}, { isWatched }));
    assert.deepEqual(plan.unused, []);
    assert.deepEqual(plan.released, [{ digest: 'both', namespaces: ['shop'] }]);
  });

  it('gives a namespace its budget back for a module that others still use', () => {
    const plan = planSweep([module('a', { namespaces: ['cart', 'shop'] })], use({ a: ['cart'] }));
    assert.deepEqual(plan, { unused: [], released: [{ digest: 'a', namespaces: ['shop'] }] });
  });
});
