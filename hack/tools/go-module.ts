import { argoRollouts } from './argo-rollouts.ts';
import { go } from './go-build.ts';
import { pilotDiscovery } from './istio.ts';
import { startStep } from './progress.ts';
import type { ToolSpec } from './spec.ts';

const directories = new Map<string, Promise<string>>();

async function download(path: string, { version, goBuild }: ToolSpec): Promise<string> {
  using _ = startStep(`Fetching the Go module ${path} ${version}`, 20);
  const output = await go(goBuild?.module ?? '', ['mod', 'download', '-json', path], process.env);
  const module: unknown = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
  if (module && typeof module === 'object' && 'Dir' in module && typeof module.Dir === 'string')
    return module.Dir;
  throw new Error(`go mod download ${path} names no Dir: ${output.slice(-500)}`);
}

/** The unpacked Go module that a tool is built from, read-only, as go.sum pins it. */
function moduleDirectory(path: string, tool: ToolSpec): Promise<string> {
  const directory = directories.get(path) ?? download(path, tool);
  directories.set(path, directory);
  return directory;
}

/**
 * It holds what an installation of Istio needs besides binaries: the charts and CRDs (`manifests/charts`) and the bootstrap template of
 * the sidecar (`tools/packaging/common`).
 */
export function istioModuleDirectory(): Promise<string> {
  return moduleDirectory('istio.io/istio', pilotDiscovery);
}

/** It holds the CRDs of Argo Rollouts (`manifests/crds`). */
export function argoRolloutsModuleDirectory(): Promise<string> {
  return moduleDirectory('github.com/argoproj/argo-rollouts', argoRollouts);
}
