import { pilotDiscovery } from './istio.ts';
import { go } from './go-build.ts';
import { startStep } from './progress.ts';

let directory: Promise<string> | undefined;

async function download(): Promise<string> {
  using _ = startStep(`Fetching the Istio module ${pilotDiscovery.version}`, 20);
  const output = await go('istio', ['mod', 'download', '-json', 'istio.io/istio'], process.env);
  const module: unknown = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
  if (module && typeof module === 'object' && 'Dir' in module && typeof module.Dir === 'string')
    return module.Dir;
  throw new Error(`go mod download istio.io/istio names no Dir: ${output.slice(-500)}`);
}

/**
 * The unpacked source of Istio, read-only, as go.sum pins it. It holds what an installation needs besides binaries: the charts
 * and CRDs (`manifests/charts`) and the bootstrap template of the sidecar (`tools/packaging/common`).
 */
export function istioModuleDirectory(): Promise<string> {
  directory ??= download();
  return directory;
}
