import type { Bundle } from '@sigstore/bundle';
import { z } from 'zod';

type LogEntry = Bundle['verificationMaterial']['tlogEntries'][number];

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md, the property `bundle`. */
const annotationSchema = z.object({
  SignedEntryTimestamp: z.base64(),
  Payload: z.object({
    /** The entry as the log has it, in JSON. */
    body: z.base64(),
    /** Unix seconds. */
    integratedTime: z.int().min(0),
    logIndex: z.int().min(0),
    logID: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});
const bodySchema = z.object({ kind: z.string(), apiVersion: z.string() });

/**
 * An entry of the transparency log as cosign writes it beside a simple signature, in the form of a bundle. Nothing of it is checked.
 * @throws {Error} if it is no such entry.
 */
export function readLogEntry(text: string): LogEntry {
  const { SignedEntryTimestamp, Payload } = annotationSchema.parse(JSON.parse(text));
  const canonicalizedBody = Buffer.from(Payload.body, 'base64');
  const { kind, apiVersion } = bodySchema.parse(JSON.parse(canonicalizedBody.toString('utf8')));
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: Buffer.from(Payload.logID, 'hex') },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: Buffer.from(SignedEntryTimestamp, 'base64') },
    inclusionProof: undefined,
    canonicalizedBody,
  };
}
