import { hasCode } from '../../cluster/api-error.ts';
import type { Connection } from '../cluster-command.ts';
import { failureText } from '../failure-text.ts';
import { findingOf, type Finding } from '../view/diagnosis.ts';
import type { Check, Diagnosis } from './check.ts';
import { checks } from './checks.ts';
import { Facts } from './facts.ts';

/** Runs the checks one after the other. The first that is vital and finds a problem is the last. */
export async function* examine(connection: Connection): AsyncGenerator<Finding> {
  const facts = new Facts(connection);
  for (const check of checks) {
    const finding = findingOf(check, await diagnose(check, facts));
    yield finding;
    if (finding.state === 'Bad' && check.isVital) return;
  }
}

async function diagnose(check: Check, facts: Facts): Promise<Diagnosis> {
  try {
    return await check.run(facts);
  } catch (error) {
    // Users with permissions in one namespace need not see the rest of the cluster.
    if (hasCode(error, 403)) return { state: 'Skipped', message: failureText(error) };
    const remedy = 'solve that first, then run spagent doctor again';
    return { state: 'Bad', message: failureText(error), remedy };
  }
}
