import assert from 'node:assert/strict';
import { EventBudget } from '../../operator/cluster/event-budget.ts';

describe('the budget of events', () => {
  it('lets 25 of one object through at once, and one in five minutes after that', () => {
    const budget = new EventBudget();
    const allowed = Array.from({ length: 240 }, () => budget.take('u', 0)).filter(Boolean);
    assert.equal(allowed.length, 25);
    assert.ok(!budget.take('u', 299));
    assert.ok(budget.take('u', 300));
    assert.ok(!budget.take('u', 301));
    assert.ok(budget.take('other', 301));
  });
});
