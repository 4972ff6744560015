import { hash } from 'node:crypto';
import { AgentError } from '../../api/errors.ts';
import type { SpAgent } from '../../api/schema.ts';
import { durationSeconds } from '../../api/units.ts';
import { credentialsFor, type Credentials } from '../oci/credentials.ts';
import { pullModule, resolveTag } from '../oci/pull.ts';
import { parseReference, type ImageReference } from '../oci/reference.ts';
import { Registry } from '../oci/registry.ts';
import { checked } from '../produce.ts';
import type { SignatureDemand } from '../signatures/check-signatures.ts';
import { filterFields } from './fetch.ts';
import { fetchDefaults, openFetcher } from './fetcher.ts';
import type { FilterSpec, Source, SourceContext, WantedModule } from './source.ts';

const scheme = 'oci://';

const common = {
  field: 'spec.filter.url',
  isOurs: false,
  hasSignatures: true,
  // A registry that answered an error, or has no such tag yet, may be put right without a change of the spec.
  recheckSeconds: 120,
  describe: (filter: FilterSpec) => filter.url ?? '',
  subject: () => 'spec.filter.url',
};

/** A module in an OCI registry. It is fetched once: a tag that is moved later is not followed. */
export const oci: Source = {
  ...common,
  name: 'oci',
  isWatched: true,
  isWanted: ({ url, pollInterval }) => url?.startsWith(scheme) === true && pollInterval === undefined,
  resolve: (agent, context) => Promise.resolve(wantedModule(agent, context, referenceOf(agent))),
};

/** A module in an OCI registry under a tag that is looked at every `pollInterval`. */
export const ociTag: Source = {
  ...common,
  name: 'ociTag',
  isWatched: false,
  isWanted: ({ url, pollInterval }) => url?.startsWith(scheme) === true && pollInterval !== undefined,
  resolve(agent, context) {
    const reference = referenceOf(agent);
    // What is refused anyway is refused before its registry is asked.
    demandOf(agent, context);
    const { pollInterval = '' } = agent.spec.filter;
    const digest = context.tags.digestOf({
      key: keyOf(agent, reference),
      agent,
      pollSeconds: durationSeconds(pollInterval),
      resolve: () =>
        withRegistry({ agent, context, reference }, (registry) => resolveTag(registry, reference.tag ?? '')),
    });
    return Promise.resolve(
      digest === undefined ? undefined : wantedModule(agent, context, { ...reference, digest }),
    );
  },
};

function wantedModule(agent: SpAgent, context: SourceContext, reference: ImageReference): WantedModule {
  const { digest } = agent.spec.filter;
  const demand = demandOf(agent, context);
  return {
    key: keyOf(agent, reference, demand),
    fetch: () =>
      withRegistry({ agent, context, reference }, (registry) =>
        pullModule(registry, reference, {
          bytesMax: fetchDefaults.bytesMax,
          ...(demand && { check: (manifest) => checkLazily(registry, manifest, demand) }),
        }),
      ),
    make: (fetched) => checked(fetched, digest),
  };
}

/** The library for signatures is loaded for those who want them. */
async function checkLazily(registry: Registry, manifest: Uint8Array, demand: SignatureDemand): Promise<void> {
  const { checkSignatures } = await import('../signatures/check-signatures.ts');
  return checkSignatures(registry, manifest, demand);
}

interface Place {
  readonly agent: SpAgent;
  readonly context: SourceContext;
  readonly reference: ImageReference;
}

async function withRegistry<Result>(
  { agent, context, reference }: Place,
  action: (registry: Registry) => Promise<Result>,
): Promise<Result> {
  const { caBundle } = agent.spec.filter;
  const credentials = await credentialsOf({ agent, context, reference });
  await using fetcher = openFetcher(caBundle, { addresses: context.addresses }, filterFields);
  const loginAdvice = 'correct the login in the Secret that spec.filter.pullSecret names';
  return await action(new Registry({ fetcher, reference, credentials, actions: 'pull', loginAdvice }));
}

/** @throws {AgentError} SecretMissing, SecretRefused */
async function credentialsOf({ agent, context, reference }: Place): Promise<Credentials | undefined> {
  const { namespace, spec } = agent;
  const { pullSecret } = spec.filter;
  if (!pullSecret) return undefined;
  const title = `Secret ${namespace}/${pullSecret.name}`;
  const text = await context.readPullSecret(namespace, pullSecret.name);
  let credentials: Credentials | undefined;
  try {
    credentials = credentialsFor(text, reference);
  } catch {
    // The cause may quote the login.
    throw new AgentError(
      'SecretMissing',
      `${title}: .dockerconfigjson cannot be read; create it again with kubectl create secret docker-registry`,
      { retryable: true },
    );
  }
  if (credentials) return credentials;
  throw new AgentError(
    'SecretMissing',
    `${title}: it has no login for ${reference.registry}/${reference.repository}; add one`,
    { retryable: true },
  );
}

/** Who must have signed the image; undefined: nobody. @throws {AgentError} SignatureRequired */
function demandOf({ spec }: SpAgent, { signatures }: SourceContext): SignatureDemand | undefined {
  const { verify } = spec.filter;
  const signers = [verify, signatures.signers].filter((one) => one !== undefined);
  if (signers.length > 0) return { signers, trustedRoot: signatures.trustedRoot };
  if (!signatures.isRequired) return undefined;
  throw new AgentError(
    'SignatureRequired',
    'only modules that are signed are allowed here; name the signer in spec.filter.verify',
  );
}

/** What a login opens is not for a namespace that lacks the login, and what nobody checked not for those who ask for a signature. */
function keyOf({ namespace, spec }: SpAgent, image: ImageReference, demand?: SignatureDemand): string {
  const { registry, repository, tag, digest } = image;
  const { digest: pin, caBundle, pullSecret } = spec.filter;
  const login = pullSecret ? [namespace, pullSecret.name] : null;
  const place = [registry, repository, tag ?? null, digest ?? null];
  const parts = ['oci', place, pin ?? null, caBundle ?? null, login];
  return hash('sha256', JSON.stringify(demand ? [...parts, demand.signers] : parts)).slice(0, 40);
}

function referenceOf({ spec }: SpAgent): ImageReference {
  const reference = parseReference(spec.filter.url?.slice(scheme.length) ?? '');
  if (reference) return reference;
  throw new AgentError('FetchRefused', 'it names no image; write it like oci://ghcr.io/acme/filter:1.2');
}
