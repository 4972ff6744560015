// A filter that any check outside a proxy finds right: it traps in configure where the host has the properties of a node.
// AssemblyScript, compiled by the operator. Its marker promises statistics per revision, which never come.

@external('env', 'proxy_get_property')
declare function getProperty(path: usize, pathSize: usize, value: usize, valueSize: usize): u32;

const nodeId = memory.data<u8>([0x6e, 0x6f, 0x64, 0x65, 0, 0x69, 0x64]);
const nodeIdSize = 7;
const result = memory.data(8);

export function proxy_abi_version_0_2_1(): void {}

export function sp_agent_reports_revision(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size);
}

export function proxy_on_context_create(_context: u32, _parent: u32): void {}

export function proxy_on_vm_start(_context: u32, _size: u32): u32 {
  return 1;
}

export function proxy_on_configure(_context: u32, _size: u32): u32 {
  if (getProperty(nodeId, nodeIdSize, result, result + 4) == 0) unreachable();
  return 1;
}
