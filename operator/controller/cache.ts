import { isDeepStrictEqual } from 'node:util';
import { agentLabel, podRevisionLabel } from '../api/names.ts';
import { istioKinds, type IstioKind } from '../api/istio-kinds.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { collectionPath, optionalKinds, type Kind, type OptionalKind } from '../cluster/kinds.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';
import { startListWatch, type ListWatch } from '../cluster/list-watch.ts';
import { Store, type Item } from '../cluster/store.ts';
import { selectsPod } from '../render/targets/sidecars.ts';
import { isCustomWorkloadKind, workloadKindNames, type WorkloadKindName } from '../workloads/kinds.ts';
import {
  trimAgent,
  trimControllerRevision,
  trimIstioObject,
  trimPod,
  trimReplicaSet,
  trimRevision,
  trimWorkload,
  type AgentItem,
  type IstioItem,
  type PodItem,
  type RevisionItem,
  type TemplateItem,
  type WorkloadItem,
} from './items.ts';
import { mayOverlap } from './may-overlap.ts';

export interface CacheOptions {
  /** Watch these alone; all if undefined. */
  readonly namespaces: readonly string[] | undefined;
  readonly enqueue: (agentKey: string) => void;
  /** An object that is no revision of the operator's. */
  readonly revisionIgnored: (item: Item, why: string) => void;
  readonly watchFailed: (kind: Kind, error: Error) => void;
}

export function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** The namespace in a key of `keyOf`. */
export function namespaceOf(agentKey: string): string {
  return agentKey.slice(0, agentKey.indexOf('/'));
}

/** Whether a label selector, or an agent's claim by its revision label, covers these labels. */
function selects(agent: AgentItem, labels: Readonly<Record<string, string>>): boolean {
  if (podRevisionLabel(agent.name) in labels) return true;
  return 'agent' in agent.parsed && selectsPod(agent.parsed.agent.spec.selector, labels);
}

/** Such a change is our own writing: a run for it would find nothing new, and would make a failing one skip its back-off. */
function isOfStatusAlone(before: AgentItem | undefined, after: AgentItem | undefined): boolean {
  return isDeepStrictEqual(withoutStatus(before), withoutStatus(after));
}

function withoutStatus(item: AgentItem | undefined): unknown {
  if (!item) return undefined;
  const { parsed } = item;
  const rest = 'agent' in parsed ? { ...parsed.agent, status: undefined } : parsed.error;
  return { ...item, resourceVersion: undefined, parsed: rest };
}

/** A watch of one kind: of one namespace, or of all where that is undefined. */
interface Watch {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly listWatch: ListWatch;
  hasFailed: boolean;
}

/** How long ago a watch last brought news. */
export interface Staleness {
  readonly kind: Kind;
  /** Empty: all namespaces. */
  readonly namespace: string;
  readonly seconds: number;
}

/** The watched part of the cluster, trimmed. Every change enqueues the agents that it may concern. */
export class Cache implements AsyncDisposable {
  readonly agents = new Store<AgentItem>((before, after) => {
    this.#agentChanged(before, after);
  });
  readonly workloads: ReadonlyMap<string, Store<WorkloadItem>> = new Map(
    workloadKindNames.map((kind) => [kind, this.#labelledStore((item) => item.templateLabels)]),
  );
  readonly pods: Store<PodItem> = this.#labelledStore((item) => item.labels);
  readonly replicaSets: Store<TemplateItem> = this.#labelledStore((item) => item.labels);
  /** Those of StatefulSets and DaemonSets. */
  readonly controllerRevisions: Store<TemplateItem> = this.#labelledStore((item) => item.labels);
  readonly revisions = new Store<RevisionItem>((before, after) => {
    const item = after ?? before;
    if (item) this.#enqueue(item.namespace, item.agentName);
    if (after?.problem !== undefined) this.#options.revisionIgnored(after, after.problem);
  });
  readonly istio = new Map<IstioKind, Store<IstioItem>>();
  readonly #client: ClusterClient;
  readonly #options: CacheOptions;
  readonly #watches = new Map<Kind, Watch[]>();
  #isDiscovered = false;

  constructor(client: ClusterClient, options: CacheOptions) {
    this.#client = client;
    this.#options = options;
  }

  start(): void {
    this.#watch('SpAgent', this.agents, trimAgent);
    for (const kind of workloadKindNames) if (!isCustomWorkloadKind(kind)) this.#watchWorkloads(kind);
    this.#watch('Pod', this.pods, trimPod);
    this.#watch('ReplicaSet', this.replicaSets, trimReplicaSet);
    this.#watch('ControllerRevision', this.controllerRevisions, trimControllerRevision);
    this.#watch('SpAgentRevision', this.revisions, trimRevision);
  }

  /** Starts and ends watches as kinds of CRDs come and go; every agent is looked at again then. */
  async setServedKinds(present: ReadonlySet<OptionalKind>): Promise<void> {
    const gone = optionalKinds.filter((kind) => this.#watches.has(kind) && !present.has(kind));
    const come = [...present].filter((kind) => !this.#watches.has(kind));
    for (const kind of gone) {
      if (!isCustomWorkloadKind(kind)) this.istio.delete(kind);
      await disposeAll(this.#watches.get(kind) ?? []);
      this.#watches.delete(kind);
      // After its watch, which could put them back.
      if (isCustomWorkloadKind(kind)) this.workloads.get(kind)?.replace([], undefined);
    }
    for (const kind of come) {
      if (isCustomWorkloadKind(kind)) this.#watchWorkloads(kind);
      else this.#watchIstio(kind);
    }
    this.#isDiscovered = true;
    if (gone.length + come.length > 0) this.enqueueAll();
  }

  enqueueAll(): void {
    for (const agent of this.agents.all()) this.#options.enqueue(keyOf(agent));
  }

  /**
   * Whether a replica can take over: each kind is listed, and no list of any namespace is still to be tried. A namespace that was
   * deleted, or that the operator has no right in, keeps no other waiting.
   */
  isReady(): boolean {
    const kinds = [...this.#watches.values()];
    return (
      this.#isDiscovered &&
      kinds.every((watches) => watches.some(({ listWatch }) => listWatch.isSynced())) &&
      kinds.flat().every(({ listWatch, hasFailed }) => listWatch.isSynced() || hasFailed)
    );
  }

  /**
   * For how long every watch of the namespace has been open, in seconds; undefined while one is closed, as its changes are then
   * unknown.
   * @param namespace undefined: of all namespaces.
   */
  secondsInSync(namespace?: string): number | undefined {
    if (!this.#isDiscovered) return undefined;
    const seconds = this.#watchesOf(namespace).map(({ listWatch }) => listWatch.secondsInSync());
    const known = seconds.filter((value) => value !== undefined);
    return known.length < seconds.length ? undefined : Math.min(...known);
  }

  /** Opens watches that wait after failures: the API server answers again. */
  retryWatches(): void {
    for (const { listWatch } of this.#watchesOf()) listWatch.retry();
  }

  staleness(): Staleness[] {
    return this.#watchesOf().map(({ kind, namespace = '', listWatch }) => ({
      kind,
      namespace,
      seconds: listWatch.staleSeconds(),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll(this.#watchesOf());
  }

  /** @param namespace undefined: every watch. */
  #watchesOf(namespace?: string): Watch[] {
    const all = [...this.#watches.values()].flat();
    return namespace === undefined
      ? all
      : all.filter((watch) => watch.namespace === undefined || watch.namespace === namespace);
  }

  #isSynced(namespace: string | undefined): boolean {
    return this.#isDiscovered && this.#watchesOf(namespace).every(({ listWatch }) => listWatch.isSynced());
  }

  #watchWorkloads(kind: WorkloadKindName): void {
    const store = this.workloads.get(kind);
    if (store) this.#watch(kind, store, (object) => trimWorkload(kind, object));
  }

  #watchIstio(kind: IstioKind): void {
    const store = new Store<IstioItem>((before, after) => {
      const item = after ?? before;
      if (item) this.#enqueue(item.namespace, item.agentName);
    });
    this.istio.set(kind, store);
    this.#watch(kind, store, (object) => trimIstioObject(kind, object));
  }

  #watch<T extends Item>(kind: Kind, store: Store<T>, trim: (object: KubernetesObject) => T): void {
    const namespaces = this.#options.namespaces ?? [undefined];
    const watches = namespaces.map((namespace): Watch => {
      const watch: Watch = {
        kind,
        namespace,
        hasFailed: false,
        listWatch: startListWatch(this.#client, {
          path: collectionPath(kind, namespace),
          ...(kind in istioKinds ? { labelSelector: agentLabel } : {}),
          handler: {
            trim,
            isKnown: (metadata) => store.holds(metadata),
            replace: (items) => {
              store.replace(items, namespace);
              if (this.#isSynced(namespace)) this.enqueueAll();
            },
            upsert: (item) => {
              store.upsert(item);
            },
            remove: (item) => {
              store.remove(item);
            },
            failed: (error) => {
              watch.hasFailed = true;
              this.#options.watchFailed(kind, error);
            },
          },
        }),
      };
      return watch;
    });
    this.#watches.set(kind, watches);
  }

  #labelledStore<T extends Item>(labelsOf: (item: T) => Readonly<Record<string, string>>): Store<T> {
    return new Store<T>((before, after) => {
      for (const agent of this.agents.inNamespace((after ?? before)?.namespace ?? '')) {
        const isConcerned = [before, after].some((item) => item && selects(agent, labelsOf(item)));
        if (isConcerned) this.#options.enqueue(keyOf(agent));
      }
    });
  }

  /** Another agent's selector decides about conflicts: those it may share pods with are looked at when it comes, changes or goes. */
  #agentChanged(before: AgentItem | undefined, after: AgentItem | undefined): void {
    const item = after ?? before;
    if (!item || isOfStatusAlone(before, after)) return;
    this.#options.enqueue(keyOf(item));
    if (before?.generation === after?.generation && before?.isDeleted === after?.isDeleted) return;
    for (const other of this.agents.inNamespace(item.namespace)) {
      const isConcerned = [before, after].some((version) => version && mayOverlap(version, other));
      if (isConcerned) this.#options.enqueue(keyOf(other));
    }
  }

  #enqueue(namespace: string, name: string): void {
    this.#options.enqueue(keyOf({ namespace, name }));
  }
}

async function disposeAll(watches: readonly Watch[]): Promise<void> {
  await Promise.all(watches.map(({ listWatch }) => listWatch[Symbol.asyncDispose]()));
}
