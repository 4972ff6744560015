/** Fields whose strings are kept: what a field of this name says is no secret. All other strings are removed. */
const keptFields: ReadonlySet<string> = new Set([
  ...[
    'apiVersion',
    'kind',
    'name',
    'namespace',
    'uid',
    'resourceVersion',
    'creationTimestamp',
    'deletionTimestamp',
  ],
  ...['finalizers', 'type', 'status', 'reason', 'phase', 'state', 'action', 'time', 'lastTransitionTime'],
  ...['createdAt', 'since', 'at', 'stableSince', 'bakeUntil', 'startedAt', 'finishedAt'],
  ...['image', 'proxyImage', 'oddity', 'imageID', 'version', 'node', 'workload'],
  // Of specs, statuses and revisions.
  ...[
    'mode',
    'direction',
    'logLevel',
    'profile',
    'auth',
    'body',
    'cacheRules',
    'redactedBodies',
    'onError',
    'onAnswer',
  ],
  ...['when', 'methods', 'statuses', 'redactMarker', 'method', 'failStrategy', 'api', 'delivery', 'sides'],
  ...[
    'digest',
    'shortDigest',
    'sourceDigest',
    'compiler',
    'secretName',
    'rootId',
    'key',
    'operator',
    'values',
    'revision',
    'outcome',
    'verdict',
  ],
  ...[
    'targetRevision',
    'stableRevision',
    'pods',
    'step',
    'approval',
    'agent',
    'host',
    'sni',
    'redactionKeyDigest',
  ],
  // Of Istio's resources.
  ...[
    'hosts',
    'resolution',
    'location',
    'protocol',
    'context',
    'applyTo',
    'sha256',
    'imagePullPolicy',
    '@type',
  ],
]);
/** What is in them is kept as it is: labels are shown to everybody who sees the object. */
const keptMaps: ReadonlySet<string> = new Set(['labels', 'matchLabels']);
/** What is in them is removed, whatever it is. */
const removedFields: ReadonlySet<string> = new Set([
  ...['config', 'customConfig', 'pluginConfig', 'configuration', 'vmConfig', 'vm_config', 'annotations'],
  ...['env', 'environmentVariables', 'environment_variables', 'managedFields', 'caBundle', 'query'],
]);
/** Texts for people: kept, but for what was removed elsewhere and what looks like a credential. */
const proseFields: ReadonlySet<string> = new Set(['message', 'note', 'limit', 'value']);
const urlFields: ReadonlySet<string> = new Set(['url', 'address']);

/** 30s, 10%, 512Ki. */
const amount = /^[0-9.]{1,9}(ms|s|m|h|%|Ki|Mi|Gi)?$/;
const removed = '[removed]';
/** A shorter text that was removed is part of too many words to be looked for. */
const searchedLengthMin = 8;

const credentials: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{4,}/gi, `$1 ${removed}`],
  [/\b(https?:\/\/)[^\s/@"']+@/gi, `$1${removed}@`],
  [/\b(https?:\/\/[^\s?#"']+)\?[^\s#"']+/gi, `$1?${removed}`],
  [
    /\b([\w-]*(?:token|secret|passw(?:or)?d|api-?key|authorization)["']?\s*[:=]\s*["']?)[^\s"',;}]+/gi,
    `$1${removed}`,
  ],
];

/**
 * Takes out of objects what may be a secret: not by how it looks, but by keeping known fields alone. What was taken out of one
 * object is taken out of texts too, such as an error that quotes it.
 */
export class Redactor {
  readonly #removed = new Set<string>();
  readonly #kept = new Set<string>();

  /** The object without secrets. Its texts for people are only complete after every object went through: see `text`. */
  object(value: unknown, field = ''): unknown {
    if (removedFields.has(field)) return this.#removeAll(value);
    if (Array.isArray(value)) return value.map((item) => this.object(item, field));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([name, part]) => [
          name,
          keptMaps.has(name) ? part : this.object(part, name),
        ]),
      );
    }
    return typeof value === 'string' ? this.#string(value, field) : value;
  }

  /** Removes strings of objects that are left out entirely, such as the variables of a container, from every text. */
  forget(value: unknown): void {
    this.#removeAll(value);
  }

  /** A text without what was removed from objects, and without what looks like a credential. */
  text(text: string): string {
    let result = text;
    // The longest first: one may be a part of another.
    const secrets = [...this.#removed].filter((secret) => !this.#kept.has(secret));
    for (const secret of secrets.toSorted((a, b) => b.length - a.length)) {
      for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])) {
        result = result.replaceAll(form, removed);
      }
    }
    return credentials.reduce(
      (rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement),
      result,
    );
  }

  #string(value: string, field: string): string {
    if (proseFields.has(field) || amount.test(value)) return value;
    if (urlFields.has(field)) return this.#url(value);
    if (!keptFields.has(field)) return this.#remove(value);
    this.#kept.add(value);
    return value;
  }

  /** Scheme, host and port. */
  #url(value: string): string {
    this.#remove(value);
    if (!URL.canParse(value)) return removed;
    const { protocol, host, pathname, searchParams, username, password } = new URL(value);
    for (const part of [username, password, ...searchParams.values(), ...pathname.split('/')])
      this.#remove(part);
    return `${protocol}//${host}${pathname === '/' || pathname === '' ? '' : `/${removed}`}`;
  }

  #remove(value: string): string {
    if (value.length >= searchedLengthMin) this.#removed.add(value);
    return removed;
  }

  #removeAll(value: unknown): string {
    if (typeof value === 'string') this.#remove(value);
    else if (typeof value === 'object' && value !== null) {
      for (const part of Object.values(value)) this.#removeAll(part);
    }
    return removed;
  }
}
