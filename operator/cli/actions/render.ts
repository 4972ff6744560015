import { dryRun } from '../../artifact/check/dry-run.ts';
import { checkModule } from '../../artifact/check/check-module.ts';
import type { SourceContext } from '../../artifact/sources/source.ts';
import { noSignaturePolicy } from '../../artifact/signatures/policy.ts';
import { sourceOf } from '../../artifact/sources/sources.ts';
import { noTraits, traitsOf, type ModuleTraits } from '../../api/artifact.ts';
import { unrestrictedPolicy } from '../../api/policy.ts';
import type { SpAgent } from '../../api/schema.ts';
import type { IstioKind } from '../../api/istio-kinds.ts';
import type { Resource } from '../../api/resource.ts';
import type { Revision } from '../../api/revision.ts';
import { refusalMessage } from '../../render/to-spec-path.ts';
import { desiredResources } from '../../render/desired.ts';
import { pluginConfigText } from '../../render/plugin-config.ts';
import { wantedRevision } from '../../render/revision.ts';
import { readAgentFile } from '../agent-file.ts';
import { Failure } from '../failure.ts';
import { readModule } from '../given-file.ts';
import { requirePackageFiles } from '../package-files.ts';
import { yamlDocuments } from '../print.ts';
import type { Terminal } from '../terminal.ts';

type WantedRevision = Pick<Revision, 'id' | 'data'>;

interface RenderOptions {
  readonly file: string;
  readonly namespace?: string;
  readonly digest?: string;
  readonly module?: string;
  readonly moduleBaseUrl: string;
  readonly defaultBackendUrl?: string;
  readonly clusterDomain: string;
  readonly istioKinds: readonly IstioKind[];
}

export async function run(terminal: Terminal, options: RenderOptions): Promise<void> {
  const agents = await readAgentFile(options.file, options.namespace);
  const given = await givenModule(options);
  const bundledModules = new Map<string, ModuleOfAgent>();
  const resources: object[] = [];
  const baseUrl = options.moduleBaseUrl.replace(/\/$/, '');
  for (const agent of agents) {
    const module = given ?? (await moduleOf(agent, bundledModules));
    const revision = revisionOf(terminal, agent, { options, module });
    if (module.bundled) await checkConfiguration(agent, revision, module.bundled);
    resources.push(...desiredResources(agent, [revision], baseUrl).map(withoutOwner));
  }
  terminal.out(yamlDocuments(resources));
}

async function givenModule({ digest, module }: RenderOptions): Promise<ModuleOfAgent | undefined> {
  if (module === undefined) return digest === undefined ? undefined : { digest };
  requirePackageFiles();
  const checked = await checkModule(await readModule(module));
  return { digest: checked.digest, traits: traitsOf(checked) };
}

interface ModuleOfAgent {
  readonly digest: string;
  /** Absent where the module itself is not at hand. */
  readonly traits?: ModuleTraits;
  /** The module itself where it is the bundled one. */
  readonly bundled?: Uint8Array;
}

/** The bundled source asks for nothing of the cluster. */
const noContext: SourceContext = {
  addresses: { allowPrivate: false },
  readConfigMap: () => Promise.resolve(undefined),
  readPullSecret: () => Promise.resolve('{}'),
  tags: { digestOf: () => undefined },
  signatures: noSignaturePolicy,
};

/** What the operator would take. What it would fetch, or build from a source in the cluster, is not to be had here. */
async function moduleOf(agent: SpAgent, built: Map<string, ModuleOfAgent>): Promise<ModuleOfAgent> {
  const { filter } = agent.spec;
  if (filter.digest !== undefined) return { digest: filter.digest };
  const source = sourceOf(filter);
  if (!source.isOurs) {
    const name = `SpAgent ${agent.namespace}/${agent.name}`;
    throw new Failure(`${name}: ${source.field} without digest: give --module or --digest`);
  }
  requirePackageFiles();
  const wanted = await source.resolve(agent, noContext);
  if (!wanted) throw new Error(`${source.field}: resolved by the operator alone`);
  const { key, make } = wanted;
  const known = built.get(key);
  if (known) return known;
  const loaded = await make(new Uint8Array());
  const module = { digest: loaded.digest, traits: traitsOf(loaded), bundled: loaded.bytes };
  built.set(key, module);
  return module;
}

/** As the operator does before a proxy sees it. Only the bundled filter can be asked without a proxy. */
async function checkConfiguration(
  agent: SpAgent,
  revision: WantedRevision,
  bytes: Uint8Array,
): Promise<void> {
  const verdict = await dryRun({ bytes, configuration: pluginConfigText(revision.data, revision.id) });
  if (!verdict.ok) throw new Failure(refusalMessage(agent, verdict.message));
}

function revisionOf(
  terminal: Terminal,
  agent: SpAgent,
  { options, module }: { readonly options: RenderOptions; readonly module: ModuleOfAgent },
): WantedRevision {
  const { isOurs, field } = sourceOf(agent.spec.filter);
  const { digest, traits = { ...noTraits, readsSpec: isOurs } } = module;
  const name = `SpAgent ${agent.namespace}/${agent.name}`;
  if (agent.spec.backend.publicKeySecret || agent.spec.capture.redactMarker === 'Digest') {
    terminal.note(`${name}: the revision in the cluster will differ, as it depends on keys in Secrets\n`);
  }
  if (module.traits === undefined && !isOurs) {
    terminal.note(`${name}: ${field} is taken for a custom filter; if it is SP Agent's own, give --module\n`);
  }
  const outcome = wantedRevision({
    agent,
    artifact: {
      digest,
      sizeBytes: 0,
      ...traits,
      source: '',
      url: '',
    },
    mesh: new Set(options.istioKinds),
    publicKey: agent.spec.backend.publicKeySecret
      ? { state: 'Found', digest: '0'.repeat(64) }
      : { state: 'NotWanted' },
    policy: {
      ...unrestrictedPolicy,
      defaultBackendUrl: options.defaultBackendUrl,
      clusterDomain: options.clusterDomain,
    },
    redactionKey: { state: 'Found', digest: '0'.repeat(64) },
  });
  if ('reason' in outcome) throw new Failure(`${name}: ${outcome.message}`);
  terminal.note(`${name}: revision ${outcome.id}\n`);
  return outcome;
}

/** There is no owner yet that could be named. */
function withoutOwner({ apiVersion, kind, metadata, spec }: Resource): object {
  const { name, namespace, labels } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, labels }, spec };
}
