import type { Provenance } from '../../api/artifact.ts';
import type { SpAgent, SpAgentSpec } from '../../api/schema.ts';
import type { ProducedModule } from '../check/inspect.ts';
import type { AddressRules } from './address-policy.ts';
import type { SignaturePolicy } from '../signatures/policy.ts';
import type { TagDigests } from './tag-digests.ts';

export type FilterSpec = SpAgentSpec['filter'];

/** A ConfigMap with source. */
export interface SourceFiles {
  /** Another content has another version. */
  readonly version: string;
  readonly files: Readonly<Record<string, string>>;
}

/** What a source may use of the world. */
export interface SourceContext {
  /** @returns undefined if it does not exist. */
  readConfigMap(namespace: string, name: string): Promise<SourceFiles | undefined>;
  /**
   * The logins of a Secret of type kubernetes.io/dockerconfigjson, as JSON. @throws {AgentError} SecretMissing; SecretRefused for one
   * of another type, as nobody has made that for registries.
   */
  readPullSecret(namespace: string, name: string): Promise<string>;
  /** What tags of registries name. */
  readonly tags: TagDigests;
  /** Which addresses may be fetched from. */
  readonly addresses: AddressRules;
  /** Which signatures the administrator asks for, and what they are checked with. */
  readonly signatures: SignaturePolicy;
}

/** What a spec asks for at present. */
export interface WantedModule {
  /** 40 hex digits: the module is made once for each key, and looked for in the store by it. */
  readonly key: string;
  /** What it is compiled from; absent for one that is fetched. */
  readonly provenance?: Provenance;
  /** What waits for another machine; absent where all is here. The bytes are not trusted. @throws {AgentError} */
  fetch?(): Promise<Uint8Array>;
  /**
   * What takes a core: builds the module, and checks it. @throws {AgentError} with any reason of FilterReady
   * @param fetched empty where nothing is fetched.
   */
  make(fetched: Uint8Array): Promise<ProducedModule>;
}

/** One way to come by a module. To add one, write a file beside this one and add its line to `sources.ts`. */
export interface Source {
  /** For logs and metrics. */
  readonly name: string;
  /** Path of the field that asks for it. */
  readonly field: string;
  /** False where a change of what the spec names sends no event: it is then looked at again at an interval. */
  readonly isWatched: boolean;
  /** True for the bundled filter, which alone can be asked without a proxy whether it takes a configuration. */
  readonly isOurs: boolean;
  /** True where modules can be signed, so that the source checks what the administrator asks for. */
  readonly hasSignatures: boolean;
  /** Seconds until a failure is tried again that only a change can repair; Infinity where the change is watched. */
  readonly recheckSeconds: number;
  /** Whether the spec asks for it. */
  isWanted(filter: FilterSpec): boolean;
  /** For people: `ConfigMap my-filter`. */
  describe(filter: FilterSpec): string;
  /** What a message about a failure begins with: the field or object that is to be corrected. */
  subject(agent: SpAgent): string;
  /**
   * @returns undefined where that is being asked for; the agent is looked at again when it is known.
   * @throws {AgentError} where already the source is missing or wrong.
   */
  resolve(agent: SpAgent, context: SourceContext): Promise<WantedModule | undefined>;
}
