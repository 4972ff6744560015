/** Aborts after this time. `AbortSignal.timeout` takes no fractions of a millisecond, which a time computed in seconds may have. */
export function timeoutSignal(seconds: number): AbortSignal {
  return AbortSignal.timeout(Math.ceil(seconds * 1000));
}
