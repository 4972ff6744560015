import { noSignaturePolicy } from '../../operator/artifact/signatures/policy.ts';
import type { SourceContext } from '../../operator/artifact/sources/source.ts';

/** Of a cluster that has nothing. */
export const emptySourceContext: SourceContext = {
  addresses: { allowPrivate: false },
  readConfigMap: () => Promise.resolve(undefined),
  readPullSecret: () => Promise.reject(new Error('there is no Secret')),
  tags: { digestOf: () => undefined },
  signatures: noSignaturePolicy,
};
