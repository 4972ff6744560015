/** Number of a call → stream that waits for its answer. */
const waiting = new Map<u32, u32>();

export function awaitCall(call: u32, stream: u32): void {
  waiting.set(call, stream);
}

/** The stream that waits for a call, which is taken off the list; 0 where none does. */
export function takeCall(call: u32): u32 {
  if (!waiting.has(call)) return 0;
  const stream = waiting.get(call);
  waiting.delete(call);
  return stream;
}
