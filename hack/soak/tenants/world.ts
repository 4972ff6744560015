import { startOperator, type RunningService } from '../../demo/operator-process.ts';
import { startSoakCluster, type SoakCluster } from '../cluster.ts';

/** A cluster, and the operator as a process of its own. */
export interface TenantWorld extends SoakCluster {
  readonly operator: RunningService;
}

export async function startTenantWorld(): Promise<TenantWorld> {
  await using started = new AsyncDisposableStack();
  const cluster = started.use(await startSoakCluster());
  await cluster.addNamespace('sp-system');
  const { kubeconfig, stateDirectory } = cluster.plane;
  const operator = await startOperator(kubeconfig, stateDirectory, ['--allow-private-urls']);
  started.use(operator.process);
  const rest = started.move();
  return { ...cluster, operator, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}
