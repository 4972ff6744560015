import assert from 'node:assert/strict';
import { noTraits } from '../../../operator/api/artifact.ts';
import { requireBudget } from '../../../operator/artifact/store/budget.ts';

const mebibyte = 1024 ** 2;
const budget = { totalBytes: 10 * mebibyte, namespaceBytes: 4 * mebibyte };

const module = (digest: string, storedMebibytes: number, namespaces: readonly string[]) => ({
  digest,
  sizeBytes: 0,
  storedBytes: storedMebibytes * mebibyte,
  ...noTraits,
  createdAt: '',
  sourceKeys: [],
  namespaces,
  isWhole: true,
});

const stored = [module('a', 3, ['shop']), module('b', 3, ['cart']), module('c', 3, ['cart', 'other'])];
const claim = (digest: string, storedMebibytes: number, namespace: string) => () =>
  requireBudget(budget, stored, { digest, storedBytes: storedMebibytes * mebibyte, namespace });

describe('budget of the module store', () => {
  it('refuses what a namespace has no room for, and says how much it has', () => {
    assert.doesNotThrow(claim('new', 1, 'shop'));
    assert.throws(claim('new', 1.5, 'shop'), {
      reason: 'StoreBudgetExceeded',
      retryable: true,
      message: /the modules of namespace shop would take 4\.5 MiB of 4\.0 MiB; .*--module-budget-namespace/,
    });
  });

  it('counts a module that several namespaces use for each of them', () => {
    assert.throws(claim('a', 3, 'other'), /6\.0 MiB of 4\.0 MiB/);
    assert.doesNotThrow(claim('a', 3, 'nobody'));
  });

  it('refuses what all namespaces together have no room for', () => {
    assert.throws(
      claim('new', 2, 'nobody'),
      /all modules would take 11\.0 MiB of 10\.0 MiB; .*--module-budget/,
    );
  });

  it('counts a module once that is stored again', () => {
    assert.doesNotThrow(claim('a', 3, 'shop'));
  });
});
