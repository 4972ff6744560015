import { z } from 'zod';
import { delivery } from './delivery-schema.ts';
import { isBoundedJson } from './bounded-json.ts';
import type { Json } from './json.ts';
import { agentNameLengthMax, rootIdPattern } from './names.ts';
import {
  dataKey,
  duration,
  formed,
  type matchSchema,
  objectName,
  rules,
  serverName,
} from './schema-parts.ts';
import { captureSchema } from './capture-schema.ts';
import { lookupSchema } from './lookup-schema.ts';
import { rolloutSchema } from './rollout-schema.ts';
import { selectorSchema } from './selector-schema.ts';
import { signersSchema } from './signers-schema.ts';
import type { SpAgentStatus } from './status-schema.ts';

/**
 * The one source of the SpAgent API. The TypeScript types below, the CRD in `crds/` and `docs/reference.md` are made
 * from it; `parse` checks objects with it. `describe` texts are what users read in `kubectl explain`.
 */

/** It is kept with each revision. */
const configCharactersMax = 65_536;

/** OCI Distribution Specification 1.1: names are in lower case, and a tag or digest is required here. */
const moduleUrlPattern =
  /^(https?:[/][/][^\s]+|oci:[/][/][A-Za-z0-9.-]+(:[0-9]{1,5})?([/][a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(@sha256:[a-f0-9]{64})?|@sha256:[a-f0-9]{64}))$/;

const plainUrlNeedsDigest = 'an http url needs digest, as anyone on the network could replace the module';

const filter = z
  .object({
    build: z
      .object({
        configMap: z
          .object({ name: objectName.describe('Name of the ConfigMap, in this namespace') })
          .optional()
          .describe(
            'Your own AssemblyScript source: one key per file, index.ts is the entry; the bundled source if absent',
          ),
        optimize: z.int().min(0).max(3).default(3).describe('Optimization level of the compiler, 0 to 3'),
        debug: z
          .boolean()
          .default(false)
          .describe('Keep function names in the module, for readable stack traces'),
      })
      .optional()
      .describe('Compile the filter from AssemblyScript source. This is the default'),
    url: formed(
      moduleUrlPattern,
      2048,
      'an http, https or oci URL, such as https://example.com/filter.wasm or oci://ghcr.io/acme/filter:1.2',
    )
      .optional()
      .describe(
        'Fetch a compiled module instead: over https, over http with digest, or from an OCI registry, oci://REGISTRY/REPOSITORY with :TAG, @sha256:DIGEST or both. A tag is resolved once, unless pollInterval is set',
      ),
    pullSecret: z
      .object({ name: objectName.describe('Name of the Secret, in this namespace') })
      .optional()
      .describe(
        'Secret of type kubernetes.io/dockerconfigjson with the login to the registry of an oci url; kubectl create secret docker-registry makes one',
      ),
    pollInterval: duration('30s', '24h')
      .optional()
      .describe(
        'How often the tag of an oci url is looked at. A tag that was moved is rolled out like any other change. Default: never',
      ),
    verify: signersSchema
      .optional()
      .describe(
        'Signers of whom one must have signed the image of an oci url, with cosign or another tool of sigstore; a module without such a signature is not stored',
      ),
    digest: formed(/^[a-f0-9]{64}$/, 64, 'a SHA-256 in 64 hex digits, in lower case')
      .optional()
      .describe('Digest that the module at url must have'),
    caBundle: z.string().max(65536).optional().describe('PEM certificates to trust for an https or oci url'),
    config: z
      .unknown()
      .refine((value) => value === undefined || isBoundedJson(value, configCharactersMax), {
        message: `must have at most ${configCharactersMax} characters as JSON, and 32 levels`,
      })
      .transform((value) => value as Json | undefined)
      .optional()
      .meta({ 'x-kubernetes-preserve-unknown-fields': true })
      .describe(
        "Configuration of a custom filter, as the filter reads it: any JSON, or text. The other fields configure SP Agent's own filter alone",
      ),
    rootId: formed(rootIdPattern, 128, 'a root id of letters, digits, ., _ and -, such as my_filter')
      .optional()
      .describe(
        'Root id of a custom filter, for modules that register more than one. Default: the one that the source registers; none where it is not known',
      ),
  })
  .refine(({ url, digest }) => url === undefined || !url.startsWith('http://') || digest !== undefined, {
    message: plainUrlNeedsDigest,
    path: ['digest'],
  })
  .meta(
    rules(
      { rule: '!(has(self.build) && has(self.url))', message: 'give either build or url, not both' },
      {
        rule: '!has(self.digest) || has(self.url)',
        message: 'digest pins the module at url: give url too',
        fieldPath: '.digest',
      },
      {
        rule: "!has(self.url) || !self.url.startsWith('http://') || has(self.digest)",
        message: plainUrlNeedsDigest,
        fieldPath: '.digest',
      },
      {
        rule: '!has(self.caBundle) || has(self.url)',
        message: 'caBundle belongs to url: give url too',
        fieldPath: '.caBundle',
      },
      {
        rule: "!has(self.pullSecret) || (has(self.url) && self.url.startsWith('oci://'))",
        message: 'pullSecret is for a registry: give an oci url too',
        fieldPath: '.pullSecret',
      },
      {
        rule: "!has(self.verify) || (has(self.url) && self.url.startsWith('oci://'))",
        message: 'verify checks signatures in a registry: give an oci url too',
        fieldPath: '.verify',
      },
      {
        rule: "!has(self.pollInterval) || (has(self.url) && self.url.startsWith('oci://') && !self.url.contains('@') && !has(self.digest))",
        message: 'pollInterval follows a tag: give an oci url with a tag, and neither @sha256 nor digest',
        fieldPath: '.pollInterval',
      },
    ),
  );

const backend = z.object({
  url: formed(
    /^https?:[/][/]([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?([/][^\s?#]*)?$/,
    1024,
    'an http or https URL without query, such as http://recorder.shop.svc:8787',
  )
    .optional()
    .describe(
      'Base URL of the Softprobe backend. Requests and responses, with bodies, are sent there. Required unless the operator has a default backend. NAME, NAME.NAMESPACE and NAME.NAMESPACE.svc are Services of the cluster; one in a namespace named like a top-level domain (dev, app) needs the .svc',
    ),
  profile: z
    .enum(['Runtime', 'Hosted', 'Development'])
    .default('Hosted')
    .describe(
      "Kind of backend, which sets the defaults of auth, sessionMember, savePerSession, saveRetry, lookup.when, lookup.body, lookup.onAnswer, capture.statuses and capture.bypassInSession. Runtime: Softprobe's runtime, which matches the rules of sessions. Hosted: o.softprobe.ai. Development: spagent backend",
    ),
  auth: z
    .enum(['PublicKey', 'Bearer', 'Both'])
    .optional()
    .describe(
      'How calls carry the key: x-public-key, authorization: Bearer, or both. Default: PublicKey; Both with profile Runtime',
    ),
  sessionMember: z
    .enum(['x-softprobe-session-id', 'x-sp-session-id'])
    .optional()
    .describe(
      'Member of tracestate by which a session reaches the next hop. Default: x-softprobe-session-id; x-sp-session-id, beside x-sp-traceparent, with profile Hosted',
    ),
  savePerSession: z
    .boolean()
    .optional()
    .describe(
      'Send each recording of a session at once, in a message of its own. Default: true; false with profile Hosted',
    ),
  saveRetry: z
    .enum(['Refused', 'Transient'])
    .optional()
    .describe(
      'When recordings are sent again. Refused: only where no connection could be made, so that none is stored twice. Transient: after every 5xx and lost connection as well. Default: Transient; Refused with profile Runtime',
    ),
  publicKeySecret: z
    .object({
      name: objectName.describe('Name of the Secret'),
      key: dataKey.default('publicKey').describe('Key in the Secret'),
    })
    .optional()
    .describe(
      "Secret of this namespace with the backend's key; it must carry the label softprobe.ai/backend-key: 'true'. The key reaches the filter through the proxy's environment, never through a rendered resource",
    ),
  timeout: duration('10ms', '60s').default('1s').describe('How long a request is held for a lookup'),
  tls: z
    .object({
      sni: serverName
        .optional()
        .describe('Server name (SNI) to send and to verify; the host of url if absent'),
      insecureSkipVerify: z.boolean().default(false).describe("Do not verify the backend's certificate"),
    })
    .optional()
    .describe('TLS settings for an https backend'),
});

export const specSchema = z.object({
  selector: selectorSchema.describe('Pods of this namespace that get the filter'),
  direction: z
    .enum(['Outbound', 'Inbound', 'Both'])
    .default('Outbound')
    .describe('Traffic that the filter sees: what the pods send, what they receive, or both'),
  match: z
    .object({
      ports: z
        .array(z.int().min(1).max(65535))
        .min(1)
        .max(32)
        .optional()
        .describe(
          "Destination ports of that traffic: of the called Service where it is outbound, of the pod's own container where it is inbound. Other ports have no filter in their way; capture.ports leaves it there and records nothing. A proxy that listens on none of them loads no filter, and the rollout fails",
        ),
    })
    .optional()
    .describe('Which of that traffic gets the filter; all of it by default'),
  mode: z
    .enum(['Cache', 'Record', 'Replay'])
    .default('Cache')
    .describe(
      'Cache: look each request up; on a miss, send it upstream and record it. From then on the same request gets the recorded response, within spec.lookup.cacheRules. Record: only record, never replay. Replay: only look up, never record; for tests',
    ),
  filter: filter.prefault({}).describe('Where the filter comes from: built from source, or fetched'),
  backend: backend.prefault({}).describe('The Softprobe backend, which stores recordings'),
  lookup: lookupSchema.prefault({}).describe('How recordings are looked up'),
  capture: captureSchema.prefault({}).describe('What is recorded'),
  logLevel: z
    .enum(['Info', 'Debug'])
    .default('Info')
    .describe(
      'What the filter logs in the proxies. Debug: a line for each request that is looked up or left alone, with the rule, the outcome and the time (spagent logs shows them). A change reaches running proxies and restarts nothing',
    ),
  delivery: delivery.prefault({}).describe('How Istio carries the filter to the proxies'),
  rollout: rolloutSchema.prefault({}).describe('How a new revision reaches the workloads'),
  revisionHistoryLimit: z
    .int()
    .min(0)
    .max(100)
    .default(5)
    .describe('Previous revisions to keep for a rollback'),
});

/** CEL rules for the entire object. */
export const rootRules = rules({
  rule: `self.metadata.name.size() <= ${agentNameLengthMax} && !self.metadata.name.contains('.')`,
  message: `metadata.name must have at most ${agentNameLengthMax} characters and no dot: it becomes part of a label`,
});

export type SpAgentSpec = z.output<typeof specSchema>;
export type Match = z.output<typeof matchSchema>;

/** A parsed resource: defaults filled in, nothing unknown. */
export interface SpAgent {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly createdAt: string;
  readonly deletedAt: string | undefined;
  readonly finalizers: readonly string[];
  readonly spec: SpAgentSpec;
  readonly status: SpAgentStatus;
}
