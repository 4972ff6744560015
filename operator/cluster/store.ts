import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { ObjectMeta } from './kubernetes-object.ts';

/** What is kept of an object. */
export interface Item {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  /** Uid of the object that controls it. */
  readonly ownerUid?: string | undefined;
}

/** Removed objects that are remembered. */
const removedMax = 1000;

/** The objects of one kind, by namespace and name. Holds as many as the cluster does. */
export class Store<T extends Item> {
  readonly #namespaces = new Map<string, Map<string, T>>();
  /** `<namespace>/<uid of the owner>` → name → object. */
  readonly #owned = new Map<string, Map<string, T>>();
  /** Name → the version at which it was removed: the answer to a write of ours may come after the watch saw the removal. */
  readonly #removed = new LRUCache<string, bigint>({ max: removedMax });
  readonly #changed: (before: T | undefined, after: T | undefined) => void;

  /** @param changed is called after each change but of the resourceVersion alone. */
  constructor(changed: (before: T | undefined, after: T | undefined) => void) {
    this.#changed = changed;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  /** Whether it holds this very version of the object. */
  holds({ namespace = '', name, resourceVersion }: ObjectMeta): boolean {
    return this.get(namespace, name)?.resourceVersion === resourceVersion;
  }

  inNamespace(namespace: string): IterableIterator<T> {
    return (this.#namespaces.get(namespace) ?? new Map<string, T>()).values();
  }

  /** What an object of the namespace controls, without a look at all the others there. */
  ownedBy(namespace: string, uid: string): IterableIterator<T> {
    return (this.#owned.get(`${namespace}/${uid}`) ?? new Map<string, T>()).values();
  }

  *all(): Generator<T> {
    for (const items of this.#namespaces.values()) yield* items.values();
  }

  /** Older than what is there, or than its removal, it is left out: our own writes are put in before the watch brings them. */
  upsert(item: T): void {
    const version = BigInt(item.resourceVersion);
    const before = this.get(item.namespace, item.name);
    if (before && version < BigInt(before.resourceVersion)) return;
    const removedAt = this.#removed.get(`${item.namespace}/${item.name}`);
    if (removedAt !== undefined && version <= removedAt) return;
    this.#set(item);
  }

  #set(item: T): void {
    const before = this.get(item.namespace, item.name);
    put(this.#namespaces, item.namespace, item);
    if (before && before.ownerUid !== item.ownerUid) take(this.#owned, ownerKey(before), item.name);
    if (item.ownerUid !== undefined) put(this.#owned, ownerKey(item), item);
    if (!before || !isDeepStrictEqual({ ...before, resourceVersion: '' }, { ...item, resourceVersion: '' })) {
      this.#changed(before, item);
    }
  }

  /** @param item with its last resourceVersion where that is known. */
  remove(item: Pick<Item, 'namespace' | 'name'> & Partial<Item>): void {
    const { namespace, name, resourceVersion } = item;
    if (resourceVersion !== undefined) this.#removed.set(`${namespace}/${name}`, BigInt(resourceVersion));
    const before = this.get(namespace, name);
    if (!before) return;
    take(this.#namespaces, namespace, name);
    take(this.#owned, ownerKey(before), name);
    this.#changed(before, undefined);
  }

  /**
   * A list counts whatever its versions are: after a restore of the API server's database, they are lower than those known.
   * @param namespace that the items are all of; undefined: of every namespace.
   */
  replace(items: readonly T[], namespace: string | undefined): void {
    const present = new Set(items.map(({ namespace, name }) => `${namespace}/${name}`));
    const former = namespace === undefined ? this.all() : this.inNamespace(namespace);
    for (const item of [...former]) {
      if (!present.has(`${item.namespace}/${item.name}`)) {
        this.remove({ namespace: item.namespace, name: item.name });
      }
    }
    this.#removed.clear();
    for (const item of items) this.#set(item);
  }
}

function ownerKey({ namespace, ownerUid = '' }: Item): string {
  return `${namespace}/${ownerUid}`;
}

function put<T extends Item>(groups: Map<string, Map<string, T>>, group: string, item: T): void {
  const items = groups.get(group);
  if (items) items.set(item.name, item);
  else groups.set(group, new Map([[item.name, item]]));
}

function take<T>(groups: Map<string, Map<string, T>>, group: string, name: string): void {
  const items = groups.get(group);
  items?.delete(name);
  if (items?.size === 0) groups.delete(group);
}
