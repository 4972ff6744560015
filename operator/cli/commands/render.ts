import { Command, Option } from 'commander';
import { readFile } from 'node:fs/promises';
import { compile } from '../../artifact/compile.ts';
import { inspectModule } from '../../artifact/inspect.ts';
import type { SpAgent } from '../../api/schema.ts';
import type { MeshKinds, Resource } from '../../api/snapshot.ts';
import { desiredResources } from '../../render/desired.ts';
import { wantedRevision } from '../../render/revision.ts';
import { readAgentFile } from '../agent-file.ts';
import { sha256 } from '../arguments.ts';
import { Failure } from '../failure.ts';
import { yamlDocuments } from '../print.ts';
import type { Terminal } from '../terminal.ts';

const istioKinds = {
  WasmPlugin: 'wasmPlugin',
  TrafficExtension: 'trafficExtension',
  EnvoyFilter: 'envoyFilter',
  ServiceEntry: 'serviceEntry',
  DestinationRule: 'destinationRule',
} as const satisfies Record<string, keyof MeshKinds>;

type IstioKind = keyof typeof istioKinds;

interface RenderOptions {
  readonly file: string;
  readonly namespace?: string;
  readonly digest?: string;
  readonly module?: string;
  readonly moduleBaseUrl: string;
  readonly istioKinds: readonly IstioKind[];
}

export function renderCommand(terminal: Terminal): Command {
  const names = Object.keys(istioKinds) as IstioKind[];
  return new Command('render')
    .description('Print the Istio resources that the operator would apply, without a cluster')
    .requiredOption('-f, --file <file>', 'YAML with SpAgents; - reads the standard input')
    .option('-n, --namespace <name>', 'namespace of an SpAgent that names none')
    .addOption(
      new Option('--digest <hex>', 'SHA-256 of the module (default: the bundled filter is built)')
        .argParser(sha256)
        .conflicts('module'),
    )
    .option('--module <file>', 'take the SHA-256 of this module')
    .option(
      '--module-base-url <url>',
      'where the operator serves modules',
      'http://sp-agent.sp-system.svc:8080',
    )
    .addOption(
      new Option('--istio-kinds <kinds...>', 'kinds that the mesh has').choices(names).default(names, 'all'),
    )
    .action(async (options: RenderOptions) => {
      const agents = await readAgentFile(options.file, options.namespace);
      const digest = options.digest ?? (await moduleDigest(options.module));
      const resources = agents.flatMap((agent) => render(terminal, agent, { ...options, digest }));
      terminal.out(yamlDocuments(resources));
    });
}

async function moduleDigest(file: string | undefined): Promise<string> {
  const bytes =
    file === undefined ? await compile({ kind: 'bundled', optimize: 3, debug: false }) : await readFile(file);
  return (await inspectModule(bytes)).digest;
}

function render(
  terminal: Terminal,
  agent: SpAgent,
  options: RenderOptions & { readonly digest: string },
): object[] {
  const { digest, moduleBaseUrl } = options;
  const name = `SpAgent ${agent.namespace}/${agent.name}`;
  if (agent.spec.backend.publicKeySecret) {
    terminal.note(`${name}: the revision in the cluster will differ, as it depends on the backend's key\n`);
  }
  const outcome = wantedRevision({
    agent,
    artifact: { digest, sizeBytes: 0, source: '', url: `${moduleBaseUrl}/filters/${digest}.wasm` },
    mesh: meshOf(options.istioKinds),
    publicKey: agent.spec.backend.publicKeySecret
      ? { state: 'Found', digest: '0'.repeat(64) }
      : { state: 'NotWanted' },
  });
  if ('reason' in outcome) throw new Failure(`${name}: ${outcome.message}`);
  terminal.note(`${name}: revision ${outcome.id}\n`);
  return desiredResources(agent, [outcome]).map(withoutOwner);
}

function meshOf(kinds: readonly IstioKind[]): MeshKinds {
  const mesh = Object.entries(istioKinds).map(([kind, key]) => [key, kinds.includes(kind as IstioKind)]);
  return Object.fromEntries(mesh) as Record<keyof MeshKinds, boolean>;
}

/** There is no owner yet that could be named. */
function withoutOwner({ apiVersion, kind, metadata, spec }: Resource): object {
  const { name, namespace, labels } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, labels }, spec };
}
