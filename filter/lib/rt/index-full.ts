// @solo-io/proxy-runtime 0.1.8 imports the reference counting of 2020's compiler. A user's own filter that is
// built on its classes needs these names; the bundled filter does not.

export function __retain(pointer: usize): usize {
  return __pin(pointer);
}

export function __release(pointer: usize): void {
  __unpin(pointer);
}
