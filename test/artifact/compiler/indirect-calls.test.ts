import assert from 'node:assert/strict';
import binaryen from 'assemblyscript/binaryen';
import { callIndirectly } from '../../../operator/artifact/compiler/indirect-calls.ts';

const fibonacci = `
  (func $fibonacci (param $n i32) (result i64)
    (if (i32.le_s (local.get $n) (i32.const 1)) (then
      (return (i64.extend_i32_s (local.get $n)))))
    (i64.add
      (call $fibonacci (i32.sub (local.get $n) (i32.const 1)))
      (call $fibonacci (i32.sub (local.get $n) (i32.const 2)))))`;

const module = `(module
  (import "env" "report" (func $report (param i32)))
  (memory 1)
  (data (i32.const 8) "a \\22quoted\\22 text; (;not a comment;) \\\\")
  (func $byte (param $at i32) (result i32) (i32.load8_u (local.get $at)))
  ${fibonacci}
  (func $large (param $a i32) (param $b i64)
    (call $report (i32.wrap_i64 (i64.add (local.get $b) (call $fibonacci (local.get $a)))))
    (call $report (i32.mul (call $byte (i32.const 10)) (i32.wrap_i64 (local.get $b))))
    (call $report (i32.mul (call $byte (i32.const 11)) (i32.wrap_i64 (local.get $b)))))
  (func (export "run") (param $a i32) (param $b i64) (call $large (local.get $a) (local.get $b))))`;

function assembled(text: string): Uint8Array {
  return binaryen.parseText(text).emitBinary();
}

function textOf(bytes: Uint8Array): string {
  return binaryen.readBinary(bytes).emitText();
}

async function run(bytes: Uint8Array): Promise<number[]> {
  const reports: number[] = [];
  const imports = { env: { report: (value: number) => reports.push(value) } };
  const instance = new WebAssembly.Instance(await WebAssembly.compile(Uint8Array.from(bytes)), imports);
  (instance.exports['run'] as (a: number, b: bigint) => void)(15, 7n);
  return reports;
}

describe('indirect calls', () => {
  it('keep what a module does', async () => {
    assert.deepEqual(await run(assembled(module)), [617, 7 * 34, 7 * 113]);
    assert.deepEqual(await run(callIndirectly(assembled(module))), [617, 7 * 34, 7 * 113]);
  });

  it('take the place of calls of large functions, and leave those of small ones and of the host', () => {
    const count = (text: string, part: RegExp) => [...text.matchAll(part)].length;
    const [before, after] = [assembled(module), callIndirectly(assembled(module))].map(textOf);
    assert.equal(count(before ?? '', /\(call \$/g), 9);
    assert.equal(count(after ?? '', /\(call \$/g), 5);
    assert.equal(count(after ?? '', /\(call_indirect /g), 4);
  });
});
