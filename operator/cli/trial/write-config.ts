import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { withGivenFile } from '../given-file.ts';
import { localBootstrap, type LocalProxyConfig } from './local-proxy.ts';

/** Loopback ports: of the server behind the filter, of `spagent backend`, and of Envoy, as `spagent record` has it. */
const ports = { upstream: 8080, backendPort: 8787, port: 8788 };

/**
 * Writes the module and the configuration of an Envoy with it, which `envoy -c` takes.
 * @returns path of the configuration.
 */
export async function writeEnvoyConfig(
  directory: string,
  { agent, module }: Pick<LocalProxyConfig, 'agent' | 'module'>,
): Promise<string> {
  const copy = resolve(directory, 'filter.wasm');
  const config = join(directory, 'envoy.json');
  const side = agent.spec.direction === 'Inbound' ? 'inbound' : 'outbound';
  const bootstrap = localBootstrap({ ...ports, agent, side, module: { ...module, file: copy } });
  return withGivenFile(
    `--write-config ${directory}`,
    async () => {
      await mkdir(directory, { recursive: true });
      await copyFile(module.file, copy);
      await writeFile(config, `${JSON.stringify(bootstrap, undefined, 2)}\n`);
      return config;
    },
    'give a directory that can be written',
  );
}
