/** Path of a module on the operator's own server. */
export function modulePath(digest: string): string {
  return `/filters/${digest}.wasm`;
}

/** Where proxies fetch a module. @param baseUrl of the operator's server, without a slash at the end. */
export function moduleUrl(baseUrl: string, digest: string): string {
  return baseUrl + modulePath(digest);
}
