import binaryen from 'assemblyscript/binaryen';

/** Instructions. Below it, a copy in each caller is no larger than the calls. */
const smallFunctionMax = 15;

/**
 * Makes the calls of all but small functions go through a table.
 *
 * Envoy lets V8 compile all of a module when it is loaded, by the optimising compiler and without a profile. In that
 * mode V8 copies callees into each function until it has grown several times over (V8: src/wasm/inlining-tree.h,
 * `NoLiftoffBudget`), which more than doubles what a proxy spends before it serves. What is called through a table is
 * not copied, and such a call takes about a nanosecond longer.
 */
export function callIndirectly(bytes: Uint8Array): Uint8Array {
  const fields = readModule(bytes);
  const calls = countCalls(fields);
  const callees = fields
    .filter(isFunction)
    .filter((callee) => calls.has(nameOf(callee)) && countInstructions(callee) > smallFunctionMax)
    // A low index takes fewer bytes in each call.
    .toSorted((one, other) => (calls.get(nameOf(other)) ?? 0) - (calls.get(nameOf(one)) ?? 0));
  const table = new Map(callees.map((callee, index) => [nameOf(callee), { callee, index }]));
  const rewritten = fields.map((field) => (isFunction(field) ? rewrite(field, table) : field));
  return writeModule([...rewritten, ...tableOf(callees.map(nameOf))]);
}

/** The text format is a tree: an atom, or a list of trees in parentheses. */
type Tree = string | readonly Tree[];
type List = readonly Tree[];
type Table = ReadonlyMap<string, { readonly callee: List; readonly index: number }>;

function readModule(bytes: Uint8Array): Tree[] {
  const module = binaryen.readBinary(bytes);
  try {
    const tokens = module.emitText().matchAll(/;;[^\n]*|\(;.*?;\)|"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+/g);
    const open: Tree[][] = [[]];
    for (const [token] of tokens) {
      if (token === '(') open.push([]);
      else if (token === ')') {
        const list = open.pop() ?? [];
        open.at(-1)?.push(list);
      } else if (!/^\(?;/.test(token)) open.at(-1)?.push(token);
    }
    const [root = []] = open[0] ?? [];
    return root.slice(1) as Tree[];
  } finally {
    module.dispose();
  }
}

function writeModule(fields: List): Uint8Array {
  const module = binaryen.parseText(textOf(['module', ...fields]));
  try {
    module.setFeatures(binaryen.Features.All);
    if (!module.validate()) throw new Error('the calls of the module could not be made indirect');
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

function textOf(tree: Tree): string {
  return typeof tree === 'string' ? tree : `(${tree.map(textOf).join(' ')})`;
}

function isFunction(field: Tree): field is List {
  return field[0] === 'func';
}

function nameOf(callee: List): string {
  return String(callee[1]);
}

function countCalls(trees: List, counts = new Map<string, number>()): Map<string, number> {
  for (const tree of trees) {
    if (typeof tree === 'string') continue;
    if (tree[0] === 'call') counts.set(String(tree[1]), (counts.get(String(tree[1])) ?? 0) + 1);
    countCalls(tree, counts);
  }
  return counts;
}

const header: readonly Tree[] = ['type', 'param', 'result', 'local'];

function countInstructions(tree: List): number {
  const lists = tree.filter(
    (part): part is List => typeof part !== 'string' && !header.includes(part[0] ?? ''),
  );
  return lists.reduce((sum, list) => sum + 1 + countInstructions(list), 0);
}

/** `(call $f A B)` → `(call_indirect $callees (param i32) (param i32) A B (i32.const 7))` */
function rewrite(list: List, table: Table): List {
  const inside = list.map((part) => (typeof part === 'string' ? part : rewrite(part, table)));
  const target = inside[0] === 'call' ? table.get(String(inside[1])) : undefined;
  if (target === undefined) return inside;
  const index = ['i32.const', String(target.index)];
  return ['call_indirect', '$callees', ...signatureOf(target.callee), ...inside.slice(2), index];
}

/** `(param i32) (result i64)`, without the parameters' names. */
function signatureOf(callee: List): Tree[] {
  return callee
    .filter((part): part is List => part[0] === 'param' || part[0] === 'result')
    .map((part) => [part[0] ?? '', ...part.slice(-1)]);
}

function tableOf(names: readonly string[]): Tree[] {
  const size = String(names.length);
  return [
    ['table', '$callees', size, size, 'funcref'],
    ['elem', ['table', '$callees'], ['i32.const', '0'], 'func', ...names],
  ];
}
