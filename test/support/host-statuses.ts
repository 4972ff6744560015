/** What a host call returns: proxy-wasm 0.2.1, `proxy_status_t`. */
export const hostStatuses = {
  ok: 0,
  notFound: 1,
  badArgument: 2,
  empty: 7,
  internalFailure: 10,
} as const;
