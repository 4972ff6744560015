// A filter without callbacks: what any module costs.

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: u32): usize {
  return heap.alloc(size);
}
