// A filter of another author: it adds a header to each answer, traps where a request has the header x-trap, and has no statistics.
// AssemblyScript, compiled by the operator.

@external('env', 'proxy_add_header_map_value')
declare function addHeader(map: u32, name: usize, nameSize: usize, value: usize, valueSize: usize): u32;
@external('env', 'proxy_get_header_map_value')
declare function getHeader(map: u32, name: usize, nameSize: usize, value: usize, valueSize: usize): u32;

const requestHeaders = 0;
const responseHeaders = 2;

const name = memory.data<u8>([0x78, 0x2d, 0x66, 0x6f, 0x72, 0x65, 0x69, 0x67, 0x6e]); // x-foreign
const value = memory.data<u8>([0x79, 0x65, 0x73]); // yes
const trap = memory.data<u8>([0x78, 0x2d, 0x74, 0x72, 0x61, 0x70]); // x-trap
const result = memory.data(8);

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size);
}

export function proxy_on_context_create(_context: u32, _parent: u32): void {}

export function proxy_on_vm_start(_context: u32, _size: u32): u32 {
  return 1;
}

export function proxy_on_configure(_context: u32, _size: u32): u32 {
  return 1;
}

export function proxy_on_request_headers(_context: u32, _count: u32, _isEnd: u32): u32 {
  if (getHeader(requestHeaders, trap, 6, result, result + 4) == 0 && load<u32>(result + 4) > 0) unreachable();
  return 0;
}

export function proxy_on_response_headers(_context: u32, _count: u32, _isEnd: u32): u32 {
  addHeader(responseHeaders, name, 9, value, 3);
  return 0;
}
