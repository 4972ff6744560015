import { startMesh, type Mesh } from '../../../hack/mesh/mesh.ts';
import { whyNoNode } from '../../../hack/node/prerequisites.ts';
import { createClient, type ClusterClient } from '../../../operator/cluster/client.ts';
import { loadImage } from './load-image.ts';
import { writeWorkloadImage } from './workload-image.ts';

/** The mesh that all suites of a run share, with the workload's image in it. */
export interface TestMesh extends AsyncDisposable {
  readonly mesh: Mesh;
  readonly client: ClusterClient;
}

let shared: Promise<TestMesh> | undefined;

async function start(): Promise<TestMesh> {
  await using started = new AsyncDisposableStack();
  const mesh = started.use(await startMesh({ log: (line) => process.stdout.write(`    ${line}\n`) }));
  await loadImage(mesh, writeWorkloadImage);
  const client = started.use(createClient(mesh.kubeconfig));
  const rest = started.move();
  return { mesh, client, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** Starts the mesh for the first that asks. It ends after the last test. */
export function sharedMesh(): Promise<TestMesh> {
  shared ??= start();
  return shared;
}

// At the top level this is a root hook: it runs once, after the last suite of the run.
after(async () => {
  const mesh = await shared?.catch(() => undefined);
  await mesh?.[Symbol.asyncDispose]();
});

/** A suite that needs the mesh: skipped, with the reason in its title, on a machine that cannot be a node. */
export function describeOnMesh(title: string, body: () => void): void {
  const reason = whyNoNode();
  if (reason) describe.skip(`${title} (${reason})`, body);
  else describe(title, body);
}
