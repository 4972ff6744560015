import { z } from 'zod';
import type { ImageReference } from './reference.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The part of Docker's `config.json`, and of a Secret of type kubernetes.io/dockerconfigjson, that holds logins. */
const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        /** Base64 of `username:password`; comes before the two. */
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
      }),
    )
    .default({}),
});

/**
 * The login for a registry: the entry whose host, port and path fit best, as the kubelet chooses. An entry without a path is for
 * all repositories of its host.
 * @param text JSON.
 * @returns undefined if it has no login for that registry.
 * @throws if the text is not such a configuration.
 */
export function credentialsFor(text: string, reference: ImageReference): Credentials | undefined {
  const { auths } = configSchema.parse(JSON.parse(text));
  const wanted = `${reference.registry}/${reference.repository}`;
  const [best] = Object.entries(auths)
    .map(([key, login]) => ({ place: placeOf(key), login }))
    .filter(({ place }) => wanted === place || wanted.startsWith(`${place}/`))
    .sort((a, b) => b.place.length - a.place.length);
  if (!best) return undefined;
  const { auth, username = '', password = '' } = best.login;
  if (auth === undefined || auth === '') return username === '' ? undefined : { username, password };
  const [name = '', ...rest] = Buffer.from(auth, 'base64').toString('utf8').split(':');
  return { username: name, password: rest.join(':') };
}

/** `https://index.docker.io/v1/` is how Docker names its hub; others may have a scheme and an API version too. */
function placeOf(key: string): string {
  const place = key.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, '');
  return place === 'index.docker.io' ? 'docker.io' : place;
}
