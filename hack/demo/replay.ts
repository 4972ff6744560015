import { hash } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { startEnvoy } from '../../operator/cli/trial/envoy.ts';
import { tool } from '../tools/tool.ts';
import { awaitRecording } from './await-recording.ts';
import type { Narrator } from './narrate.ts';

/** What one EnvoyFilter of the operator's says about its module, as far as this demo needs it. */
const envoyFilter = z.object({
  spec: z.object({
    configPatches: z.array(
      z.object({
        applyTo: z.string(),
        patch: z.object({ value: z.unknown() }),
      }),
    ),
  }),
});

const extensionConfig = z.object({
  typed_config: z.object({
    value: z.object({
      config: z.object({
        configuration: z.object({ value: z.string() }),
        vm_config: z.object({
          code: z.object({
            remote: z.object({ http_uri: z.object({ uri: z.string() }), sha256: z.string() }),
          }),
        }),
      }),
    }),
  }),
});

const pluginConfiguration = z.object({ backend: z.object({ cluster: z.string() }) });

export interface RenderedPlugin {
  readonly moduleUrl: string;
  readonly digest: string;
  readonly configuration: string;
  readonly backendCluster: string;
}

/** Takes module and plug-in configuration out of the EnvoyFilter that the operator rendered. */
export function renderedPlugin(resource: unknown): RenderedPlugin {
  const patch = envoyFilter
    .parse(resource)
    .spec.configPatches.find(({ applyTo }) => applyTo === 'EXTENSION_CONFIG');
  const { config } = extensionConfig.parse(patch?.patch.value).typed_config.value;
  const remote = config.vm_config.code.remote;
  return {
    moduleUrl: remote.http_uri.uri,
    digest: remote.sha256,
    configuration: config.configuration.value,
    backendCluster: pluginConfiguration.parse(JSON.parse(config.configuration.value)).backend.cluster,
  };
}

/** Downloads the module from the operator and checks it, as Istio's agent does. */
export async function downloadModule(plugin: RenderedPlugin, directory: string): Promise<string> {
  const response = await fetch(plugin.moduleUrl);
  if (!response.ok) throw new Error(`GET ${plugin.moduleUrl}: ${response.status} ${response.statusText}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const digest = hash('sha256', bytes);
  if (digest !== plugin.digest)
    throw new Error(`${plugin.moduleUrl}: SHA-256 is ${digest}, not ${plugin.digest}`);
  const path = join(directory, 'sp_agent.wasm');
  await writeFile(path, bytes);
  return path;
}

interface Replay {
  readonly plugin: RenderedPlugin;
  readonly module: string;
  readonly backendUrl: string;
}

/** Miss, save, and the hit with upstream switched off, through a real Envoy that runs the module. */
export async function showReplay({ plugin, module, backendUrl }: Replay, narrate: Narrator): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const upstream = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ order: 4711, total: '12.50 EUR', answeredBy: 'upstream' }));
  }).listen(0, '127.0.0.1');
  stack.defer(() => void upstream.close());
  await once(upstream, 'listening');
  const envoy = stack.use(
    await startEnvoy({
      binary: await tool('envoy'),
      listeners: [
        {
          name: 'demo',
          upstream: 'upstream',
          filter: { module, configuration: plugin.configuration, holdHeaders: true, hostEnvironment: [] },
        },
      ],
      clusters: {
        upstream: (upstream.address() as AddressInfo).port,
        [plugin.backendCluster]: Number(new URL(backendUrl).port),
      },
    }),
  );
  const url = `${envoy.listenerUrl('demo')}/orders/4711`;
  const ask = async () => {
    const response = await fetch(url, { headers: { 'x-softprobe-session-id': 'demo' } });
    return { status: response.status, body: await response.text() };
  };

  const miss = await ask();
  narrate.command(`curl ${url}`, `${miss.status} ${miss.body}`);
  narrate.good('a miss: the answer came from upstream');
  await awaitRecording(async () => (await fetch(`${backendUrl}/api/recordings`)).json());
  narrate.good(`saved: ${backendUrl}/api/recordings has it`);

  upstream.closeAllConnections();
  upstream.close();
  await once(upstream, 'close');
  narrate.line('upstream is switched off now');
  const hit = await ask();
  narrate.command(`curl ${url}`, `${hit.status} ${hit.body}`);
  if (hit.status !== miss.status || hit.body !== miss.body) {
    throw new Error(`the replayed answer is not the recorded one; Envoy's log:\n${envoy.log()}`);
  }
  narrate.good('a hit: the recorded answer, byte for byte, with nobody upstream');
}
