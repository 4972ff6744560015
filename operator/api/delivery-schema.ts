import { z } from 'zod';
import { publicKeyEnvName, redactionKeyEnvName } from './names.ts';
import { rules } from './schema-parts.ts';

/** `spec.delivery`; see `schema.ts`. */
export const delivery = z
  .object({
    api: z
      .enum(['Auto', 'WasmPlugin', 'TrafficExtension', 'EnvoyFilter'])
      .default('Auto')
      .describe(
        'Istio API that carries the filter. Auto: EnvoyFilter where lookups need request bodies, no phase is asked for and the mesh can, else what the mesh has',
      ),
    phase: z
      .enum(['Authn', 'Authz', 'Stats'])
      .optional()
      .describe('Where in the filter chain; directly before the router if absent'),
    priority: z.int().min(-1000000).max(1000000).optional().describe('Order within the phase, highest first'),
    failStrategy: z
      .enum(['FailOpen', 'FailClose', 'FailReload'])
      .default('FailOpen')
      .describe(
        'What proxies do with traffic when the filter cannot be loaded, or has trapped. FailOpen: let it pass without the filter. FailClose: answer 403 or 503. FailReload: the same, and start the filter again with one of the next requests (Istio 1.27 and later)',
      ),
    env: z
      .array(
        z
          .object({
            name: z
              .string()
              .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable, such as LOG_LEVEL')
              .max(256)
              .describe('Name of the variable: letters, digits and _')
              .meta(
                rules({
                  rule: `!(self in ['${publicKeyEnvName}', '${redactionKeyEnvName}']) && !self.startsWith('ISTIO_META_')`,
                  message: `${publicKeyEnvName} comes from spec.backend.publicKeySecret, ${redactionKeyEnvName} from the operator, and ISTIO_META_ is Istio's own`,
                }),
              ),
            value: z.string().max(2048).optional().describe('The value itself'),
            fromProxy: z.boolean().optional().describe("Take the value from the proxy's own environment"),
          })
          .meta(
            rules({
              rule: 'has(self.value) != (has(self.fromProxy) && self.fromProxy)',
              message: 'give either value or fromProxy: true',
            }),
          ),
      )
      .max(32)
      .default([])
      .describe("Environment of the filter's virtual machine")
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
  })
  .meta(
    rules({
      rule: "!has(self.phase) || self.api != 'EnvoyFilter'",
      message: 'an EnvoyFilter takes no phase: it is always directly before the router',
      fieldPath: '.phase',
    }),
  );
