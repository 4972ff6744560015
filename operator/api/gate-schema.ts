import { z } from 'zod';
import { dnsLabelLengthMax, dnsLabelPattern } from './names.ts';
import { dataKey, duration, formed, objectName, rules, share } from './schema-parts.ts';

/** `spec.rollout.gates`; see `schema.ts`. A gate is one of its kinds: to add one, add its field here and its judge in `rollout/gates`. */

const address = formed(
  /^https?:[/][/][A-Za-z0-9[]([A-Za-z0-9.:\]-]*[A-Za-z0-9\]])?([/][^\s?#]*)?$/,
  1024,
  'an http or https URL without query, such as http://prometheus.monitoring:9090',
);

const caBundle = z.string().max(65_536).optional().describe('PEM certificates to trust for an https address');

const tokenSecret = z
  .object({
    name: objectName.describe('Name of the Secret'),
    key: dataKey.default('token').describe('Key in the Secret'),
  })
  .optional()
  .describe(
    "Secret of this namespace with a bearer token; it must carry the label softprobe.ai/gate-token: 'true'",
  );

const proxies = z.object({
  maxErrorIncrease: share
    .default('1%')
    .describe(
      'By how many percentage points the share of failed requests (5xx, or no response) may be higher in pods with the new revision than in the others',
    ),
  minRequests: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(50)
    .describe('Requests that either side must have handled before they are compared'),
});

const variables = ['namespace', 'agent', 'revision', 'stableRevision', 'pods'] as const;
const withoutVariables = variables.reduce((text, name) => `${text}.replace('{{${name}}}', '')`, 'self');

const prometheus = z
  .object({
    address: address.describe('Base URL of a server with the Prometheus HTTP API'),
    query: z
      .string()
      .min(1)
      .max(4096)
      .meta(
        rules({
          rule: `!${withoutVariables}.contains('{{')`,
          message: `the variables are ${variables.map((name) => `{{${name}}}`).join(', ')}`,
        }),
      )
      .describe(
        'PromQL that gives one number. {{namespace}}, {{agent}}, {{revision}} and {{stableRevision}} are filled in, and {{pods}}: a regular expression of the pods with the new revision, as in pod=~"{{pods}}"',
      ),
    max: z.number().optional().describe('Largest value that passes'),
    min: z.number().optional().describe('Smallest value that passes'),
    interval: duration('5s', '1h').default('30s').describe('How often the query is run'),
    failureLimit: z
      .int()
      .min(1)
      .max(10)
      .default(1)
      .describe('Measurements in a row that must be out of bounds before the gate fails'),
    tokenSecret,
    caBundle,
  })
  .meta(
    rules(
      { rule: 'has(self.max) || has(self.min)', message: 'give max, min, or both' },
      {
        rule: '!has(self.max) || !has(self.min) || self.min <= self.max',
        message: 'must not be greater than max',
        fieldPath: '.min',
      },
    ),
  );

const webhook = z.object({
  url: address.describe('Where the JSON of the rollout is posted: agent, revision, step and pods'),
  timeout: duration('1s', '60s').default('10s').describe('Longest time for an answer'),
  tokenSecret,
  caBundle,
});

const gate = z
  .object({
    name: formed(
      dnsLabelPattern,
      dnsLabelLengthMax,
      'a name of lower case letters, digits and inner hyphens, such as errors',
    ).describe('Name of the gate, as the status shows it'),
    proxies: proxies
      .optional()
      .describe("Compare failed requests of the pods' proxies, by their own counters"),
    prometheus: prometheus.optional().describe('Run a query in Prometheus'),
    webhook: webhook
      .optional()
      .describe('Ask an HTTP server. 2xx passes, 4xx fails, everything else is asked again'),
  })
  .meta(
    rules({
      rule: '[has(self.proxies), has(self.prometheus), has(self.webhook)].filter(x, x).size() == 1',
      message: 'give exactly one of proxies, prometheus and webhook',
    }),
  );

export const gatesSchema = z
  .array(gate)
  .max(8)
  .default([])
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });

export type Gate = z.output<typeof gate>;
