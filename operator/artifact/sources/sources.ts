import { bundled } from './bundled.ts';
import { configMap } from './config-map.ts';
import { oci, ociTag } from './oci.ts';
import type { FilterSpec, Source } from './source.ts';
import { url } from './url.ts';

/** Every source. The last one is taken where the spec asks for no other. */
const sources: readonly Source[] = [ociTag, oci, url, configMap, bundled];

/** @param more sources that are looked at first. */
export function sourceOf(filter: FilterSpec, more: readonly Source[] = []): Source {
  return [...more, ...sources].find((source) => source.isWanted(filter)) ?? bundled;
}
