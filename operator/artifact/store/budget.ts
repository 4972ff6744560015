import { AgentError } from '../../api/errors.ts';
import type { StoredModule } from './chunks.ts';

/** Bytes that modules may take in the cluster, compressed. Base64 makes a third more of them in etcd. */
export interface StoreBudget {
  readonly totalBytes: number;
  /** Of the modules that the agents of one namespace use. */
  readonly namespaceBytes: number;
}

export interface Claim {
  readonly digest: string;
  readonly storedBytes: number;
  readonly namespace: string;
}

const mebibyte = 1024 ** 2;

/**
 * Whether a namespace may use one more module.
 * @throws {AgentError} StoreBudgetExceeded
 */
export function requireBudget(budget: StoreBudget, modules: readonly StoredModule[], claim: Claim): void {
  const others = modules.filter(({ digest }) => digest !== claim.digest);
  const own = others.filter(({ namespaces }) => namespaces.includes(claim.namespace));
  const bytesOf = (list: readonly StoredModule[]) =>
    list.reduce((sum, { storedBytes }) => sum + storedBytes, claim.storedBytes);
  if (bytesOf(own) > budget.namespaceBytes) {
    const free = 'delete SpAgents of the namespace, lower their revisionHistoryLimit or make modules smaller';
    throw exceeded(`the modules of namespace ${claim.namespace}`, bytesOf(own), {
      bytesMax: budget.namespaceBytes,
      advice: `${free}; the operator's --module-budget-namespace sets the limit`,
    });
  }
  if (bytesOf(others) > budget.totalBytes) {
    throw exceeded('all modules', bytesOf(others), {
      bytesMax: budget.totalBytes,
      advice: "the administrator can raise the operator's --module-budget",
    });
  }
}

function exceeded(
  what: string,
  bytes: number,
  { bytesMax, advice }: { readonly bytesMax: number; readonly advice: string },
): AgentError {
  const [needed, allowed] = [bytes, bytesMax].map((count) => (count / mebibyte).toFixed(1));
  const message = `with this one, ${what} would take ${needed} MiB of ${allowed} MiB; ${advice}`;
  return new AgentError('StoreBudgetExceeded', message, { retryable: true });
}
