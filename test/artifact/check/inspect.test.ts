import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { noTraits } from '../../../operator/api/artifact.ts';
import { inspectModule } from '../../../operator/artifact/check/inspect.ts';
import { filterShape, wasmModule, type WasmShape } from '../../support/wasm-module.ts';

const inspect = (shape: WasmShape) => inspectModule(wasmModule(shape));

describe('module inspection', () => {
  it('gives digest, size and ABI of a filter', async () => {
    const bytes = wasmModule(filterShape);
    assert.deepEqual(await inspectModule(bytes), {
      digest: hash('sha256', bytes),
      sizeBytes: bytes.length,
      abi: '0_2_1',
      ...noTraits,
    });
  });

  it('knows a module that reports its revision by a marker among its exports', async () => {
    const functions = [...filterShape.functions!, 'sp_agent_reports_revision'];
    assert.equal((await inspect({ ...filterShape, functions })).reportsRevision, true);
  });

  it("knows SP Agent's own filter by a marker among its exports", async () => {
    const functions = [...filterShape.functions!, 'sp_agent_reads_spec_1'];
    assert.equal((await inspect({ ...filterShape, functions })).readsSpec, true);
  });

  for (const [text, rootId] of [
    ['add_header', 'add_header'],
    ['not a name\n', undefined],
    ['', undefined],
  ] as const) {
    it(`reads the root id ${JSON.stringify(text)} of a custom section as ${rootId ?? 'none'}`, async () => {
      const section = { name: 'sp_agent_root_id', bytes: Buffer.from(text) };
      assert.equal((await inspect({ ...filterShape, section })).rootId, rootId);
    });
  }

  it('takes the newest ABI of several, and malloc for the allocator', async () => {
    const functions = ['proxy_abi_version_0_1_0', 'proxy_abi_version_0_2_0', 'malloc'];
    assert.equal((await inspect({ functions })).abi, '0_2_0');
  });

  it('takes imports of the host and of WASI', async () => {
    await inspect({
      ...filterShape,
      imports: [
        ['env', 'proxy_log'],
        ['env', 'proxy_get_log_level'],
        ['wasi_snapshot_preview1', 'random_get'],
        ['wasi_unstable', 'environ_get'],
      ],
    });
  });

  for (const [what, bytes, message] of [
    ['nothing', Buffer.alloc(0), /it is empty/],
    ['a web page', Buffer.from('<!doctype html><html>'), /it is text/],
    ['other bytes', Buffer.from([1, 2, 3, 4]), /other bytes/],
    ['a cut module', wasmModule(filterShape).subarray(0, -3), /not a valid WebAssembly module: .+/],
  ] as const) {
    it(`refuses ${what} as not wasm`, async () => {
      await assert.rejects(inspectModule(bytes), { reason: 'NotWasm', retryable: false, message });
    });
  }

  for (const [what, shape, message] of [
    ['ABI version', { functions: ['malloc'] }, /exports no function proxy_abi_version_0_1_0/],
    ['allocator', { functions: ['proxy_abi_version_0_2_1'] }, /neither proxy_on_memory_allocate nor malloc/],
    ['memory', { ...filterShape, memory: false }, /exports no memory/],
  ] as const) {
    it(`refuses a module without ${what}`, async () => {
      await assert.rejects(inspect(shape), { reason: 'NoProxyWasmAbi', message });
    });
  }

  it('names imports that Envoy does not have, and the remedy for abort', async () => {
    const imports = ['abort', 'a', 'b', 'c', 'd', 'e'].map((name) => ['env', name] as const);
    await assert.rejects(inspect({ ...filterShape, imports }), {
      reason: 'UnknownImport',
      message: /env\.abort, env\.a, env\.b, env\.c, env\.d and 1 more.*--use abort=$/,
    });
  });

  it('refuses imports that the module’s own ABI does not have', async () => {
    const imports = [['env', 'proxy_continue_request']] as const;
    await inspect({ functions: ['proxy_abi_version_0_1_0', 'malloc'], imports });
    await assert.rejects(inspect({ ...filterShape, imports }), { reason: 'UnknownImport' });
  });
});
