// The least that is a filter, by another author. AssemblyScript, compiled by the operator.

export function proxy_abi_version_0_2_0(): void {}

export function malloc(size: usize): usize {
  return heap.alloc(size);
}
