import { isDeepStrictEqual } from 'node:util';

/** What is kept of an object. */
export interface Item {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
}

/** The objects of one kind, by namespace and name. Holds as many as the cluster does. */
export class Store<T extends Item> {
  readonly #namespaces = new Map<string, Map<string, T>>();
  readonly #changed: (before: T | undefined, after: T | undefined) => void;

  /** @param changed is called after each change but of the resourceVersion alone. */
  constructor(changed: (before: T | undefined, after: T | undefined) => void) {
    this.#changed = changed;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  inNamespace(namespace: string): IterableIterator<T> {
    return (this.#namespaces.get(namespace) ?? new Map<string, T>()).values();
  }

  *all(): Generator<T> {
    for (const items of this.#namespaces.values()) yield* items.values();
  }

  /** Older than what is there, it is left out: our own writes are put in before the watch brings them. */
  upsert(item: T): void {
    const before = this.get(item.namespace, item.name);
    if (before && BigInt(item.resourceVersion) < BigInt(before.resourceVersion)) return;
    let items = this.#namespaces.get(item.namespace);
    if (!items) {
      items = new Map();
      this.#namespaces.set(item.namespace, items);
    }
    items.set(item.name, item);
    if (!before || !isDeepStrictEqual({ ...before, resourceVersion: '' }, { ...item, resourceVersion: '' })) {
      this.#changed(before, item);
    }
  }

  remove({ namespace, name }: Pick<Item, 'namespace' | 'name'>): void {
    const items = this.#namespaces.get(namespace);
    const before = items?.get(name);
    if (!items || !before) return;
    items.delete(name);
    if (items.size === 0) this.#namespaces.delete(namespace);
    this.#changed(before, undefined);
  }

  /** @param namespace that the items are all of; undefined: of every namespace. */
  replace(items: readonly T[], namespace: string | undefined): void {
    const present = new Set(items.map(({ namespace, name }) => `${namespace}/${name}`));
    const former = namespace === undefined ? this.all() : this.inNamespace(namespace);
    for (const item of [...former]) {
      if (!present.has(`${item.namespace}/${item.name}`)) this.remove(item);
    }
    for (const item of items) this.upsert(item);
  }
}
