import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { load } from 'js-yaml';
import { z } from 'zod';
import { krewManifest, krewPlugin } from '../../hack/bundle/krew-manifest.ts';

/** The rules of krew: kubernetes-sigs/krew, internal/index/validation/validate.go and pkg/index/types.go. */
const pluginSchema = z.strictObject({
  apiVersion: z.literal('krew.googlecontainertools.github.com/v1alpha2'),
  kind: z.literal('Plugin'),
  metadata: z.strictObject({ name: z.string().regex(/^[\w-]+$/) }),
  spec: z.strictObject({
    version: z.string().regex(/^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/),
    shortDescription: z
      .string()
      .min(1)
      .max(50)
      .regex(/^[^\r\n]*$/),
    description: z.string(),
    caveats: z.string(),
    homepage: z.url().optional(),
    platforms: z
      .array(
        z.strictObject({
          selector: z.strictObject({
            matchExpressions: z
              .array(
                z.strictObject({
                  key: z.enum(['os', 'arch']),
                  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
                  values: z.array(z.string()).min(1),
                }),
              )
              .min(1),
          }),
          uri: z.url({ protocol: /^https$/ }),
          sha256: z.string().regex(/^[a-f0-9]{64}$/),
          files: z.array(z.strictObject({ from: z.string().min(1), to: z.string().min(1) })).min(1),
          bin: z.string().regex(/^[^/.][^/]*$/),
        }),
      )
      .min(1),
  }),
});

describe('the manifest for krew', () => {
  const bytes = Buffer.from('an archive');
  const url = 'https://example.com/releases/v1/spagent.tgz';

  it('keeps the rules by which krew validates a manifest', () => {
    const plugin = pluginSchema.parse(load(krewManifest({ url, bytes })));
    assert.equal(plugin.metadata.name, krewPlugin);
  });

  it('names the archive, its SHA-256, and every folder that npm packs', () => {
    const plugin = pluginSchema.parse(load(krewManifest({ url, bytes })));
    assert.partialDeepStrictEqual(plugin.spec.platforms, [
      {
        uri: url,
        sha256: hash('sha256', bytes),
        files: [{ from: 'package/*', to: '.' }],
        bin: 'spagent.mjs',
      },
    ]);
  });
});
