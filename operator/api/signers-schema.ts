import { z } from 'zod';
import { formed, rules } from './schema-parts.ts';

/** The part of the schema that says whose signatures count. */

const publicKey = formed(
  /^\s*-----BEGIN PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/,
  4096,
  'a public key in PEM, as cosign generate-key-pair writes it to cosign.pub',
);

const identity = z.object({
  issuer: z
    .string()
    .min(1)
    .max(512)
    .describe('OpenID Connect issuer of the identity, such as https://token.actions.githubusercontent.com'),
  subject: z
    .string()
    .min(1)
    .max(1024)
    .describe(
      'E-mail address or URL that the certificate names, such as https://github.com/acme/filters/.github/workflows/release.yaml@refs/heads/main. A * at its end stands for anything',
    ),
});

export const signersSchema = z
  .object({
    keys: z
      .array(publicKey)
      .min(1)
      .max(8)
      .optional()
      .describe(
        'Public keys: ECDSA on P-256, as cosign makes them, or RSA. Checked without any other server',
      ),
    identities: z
      .array(identity)
      .min(1)
      .max(8)
      .optional()
      .describe(
        'Identities of keyless signatures. They need the trusted root that the administrator gives: operator.verification.trustedRoot',
      ),
  })
  .meta(rules({ rule: 'has(self.keys) || has(self.identities)', message: 'give keys, identities or both' }));

/** A signature by any one of them counts. */
export type Signers = z.output<typeof signersSchema>;
