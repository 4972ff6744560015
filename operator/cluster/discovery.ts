import { hasCode } from './api-error.ts';
import type { ClusterClient } from './client.ts';
import { groupPath, kindPath, type Kind } from './kinds.ts';

/** Which of these kinds the API server serves now: one small request per API version. */
export async function discoverKinds<Wanted extends Kind>(
  client: ClusterClient,
  wanted: readonly Wanted[],
): Promise<Set<Wanted>> {
  const versions = [...new Set(wanted.map((kind) => kindPath(kind).apiVersion))];
  const served = await Promise.all(versions.map((version) => pluralsOf(client, version)));
  return new Set(
    wanted.filter((kind) => {
      const { apiVersion, plural } = kindPath(kind);
      return served[versions.indexOf(apiVersion)]?.has(plural);
    }),
  );
}

async function pluralsOf(client: ClusterClient, apiVersion: string): Promise<Set<string>> {
  try {
    const list = await client.json<{ resources?: { name: string }[] }>({ path: groupPath(apiVersion) });
    return new Set(list.resources?.map(({ name }) => name));
  } catch (error) {
    if (hasCode(error, 404)) return new Set();
    throw error;
  }
}
