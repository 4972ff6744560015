import type { Snapshot } from '../api/snapshot.ts';

/** Secrets, ConfigMaps with sources and failed downloads send no events: they are looked at again that often. */
const unwatchedSeconds = 30;
/** Proxies that were verified are asked again that often: one may have lost its filter since. */
const verifiedSeconds = 300;

/** @param wanted seconds until the parts of the decision want another look. */
export function nextLook(snapshot: Snapshot, wanted: readonly (number | undefined)[]): number | undefined {
  const seconds = Math.min(
    ...wanted.filter((value) => value !== undefined),
    hasUnwatched(snapshot) ? unwatchedSeconds : Infinity,
    snapshot.verification === 'Required' ? verifiedSeconds : Infinity,
  );
  return Number.isFinite(seconds) ? seconds : undefined;
}

function hasUnwatched({ agent, source, artifact, configurations, redactionKey }: Snapshot): boolean {
  return (
    agent.spec.backend.publicKeySecret !== undefined ||
    redactionKey.state === 'Missing' ||
    !source.isWatched ||
    artifact.state === 'Failed' ||
    [...configurations.values()].some(
      (verdict) => verdict.state === 'Refused' && verdict.retryableSince !== undefined,
    )
  );
}
