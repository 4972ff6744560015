import fc from 'fast-check';
import assert from 'node:assert/strict';
import { compileFixture } from '../support/filter-parts.ts';
import { WasmHost } from '../support/wasm-host.ts';

/** What the module has until a configuration asks for more. */
const capBytes = 1024 * 1024;

interface Allocator {
  readonly memory: WebAssembly.Memory;
  allocate(size: number): number;
  release(block: number, size: number): void;
  bytesInUse(): number;
}

interface Owned {
  readonly block: number;
  readonly size: number;
  readonly mark: number;
}

type Step = { readonly take: number } | { readonly give: number };

/** Owners that write all over their blocks, and look whether anybody else did. */
class Owners {
  readonly #allocator: Allocator;
  readonly #owned: Owned[] = [];
  #marks = 0;

  constructor(allocator: Allocator) {
    this.#allocator = allocator;
  }

  /** False when the allocator refuses. */
  take(size: number): boolean {
    const block = this.#allocator.allocate(size);
    if (block === 0) return false;
    assert.equal(block % 32, 0, 'a block is aligned');
    this.#marks = (this.#marks % 255) + 1;
    const owned = { block, size, mark: this.#marks };
    this.#bytes(owned).fill(owned.mark);
    this.#owned.push(owned);
    return true;
  }

  give(index: number): void {
    const [owned] = this.#owned.splice(index % Math.max(1, this.#owned.length), 1);
    if (!owned) return;
    assert.ok(
      this.#bytes(owned).every((byte) => byte === owned.mark),
      'somebody else wrote into a block that has an owner',
    );
    this.#allocator.release(owned.block, owned.size);
  }

  giveAll(): void {
    while (this.#owned.length > 0) this.give(this.#owned.length - 1);
  }

  get bytes(): number {
    return this.#owned.reduce((sum, { size }) => sum + rounded(size), 0);
  }

  #bytes({ block, size }: Owned): Uint8Array {
    return new Uint8Array(this.#allocator.memory.buffer, block, rounded(size));
  }
}

function rounded(size: number): number {
  return Math.max(32, 2 ** Math.ceil(Math.log2(size)));
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.integer({ min: 0, max: 17 }), fc.nat(100)).map(([power, more]) => ({
      take: 2 ** power + more,
    })),
  },
  { weight: 2, arbitrary: fc.nat(1000).map((give) => ({ give })) },
);

describe('The allocator', function () {
  this.timeout(120_000);
  let module: WebAssembly.Module;

  before(async () => {
    module = await compileFixture('test/filter/fixtures/allocator.ts');
  });

  function start(): Allocator {
    return new WasmHost(module).exports as unknown as Allocator;
  }

  /** All that the cap allows, but for the smallest block, can be had at once. */
  function assertWhole(allocator: Allocator): void {
    // Enough is given back for a merge to be due, and what needs one is asked for.
    for (let i = 0; i < capBytes / 64; i++) allocator.release(allocator.allocate(32), 32);
    const all = allocator.allocate(capBytes);
    if (all !== 0) allocator.release(all, capBytes);
    for (let size = capBytes / 2; size >= 64; size /= 2) {
      assert.notEqual(allocator.allocate(size), 0, `no block of ${size} bytes`);
    }
  }

  it('gives no byte to two owners, and has all of them again when the owners are gone', () => {
    fc.assert(
      fc.property(fc.array(step, { size: 'max', maxLength: 400 }), (steps) => {
        const allocator = start();
        const owners = new Owners(allocator);
        for (const now of steps) {
          if ('take' in now) owners.take(now.take);
          else owners.give(now.give);
          assert.equal(allocator.bytesInUse(), owners.bytes);
        }
        owners.giveAll();
        assertWhole(allocator);
      }),
      { numRuns: 50 },
    );
  });

  it('makes a large block of small ones at the cap, and gives none of their neighbours away', () => {
    const allocator = start();
    const owners = new Owners(allocator);
    while (owners.take(1000)) continue;
    assert.equal(owners.take(10_000), false);
    // Half of the small ones go, one side of the memory.
    for (let i = 0; i < capBytes / 2048; i++) owners.give(0);
    assert.equal(owners.take(200_000), true);
    owners.giveAll();
    assertWhole(allocator);
  });

  it('refuses what is above the cap, and continues', () => {
    const allocator = start();
    assert.equal(allocator.allocate(capBytes + 1), 0);
    assert.equal(allocator.allocate(2 ** 31), 0);
    assert.equal(allocator.bytesInUse(), 0);
    assertWhole(allocator);
  });
});
