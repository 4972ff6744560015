import {
  CallExpression,
  IdentifierExpression,
  Parser,
  StringLiteralExpression,
  VariableStatement,
  type Expression,
  type Statement,
} from 'assemblyscript';

/**
 * Compiler transform: `const NAME = text('...')` at the top of a file becomes a constant over static bytes. Without it
 * the module holds each literal as UTF-16, and makes bytes of them whenever it starts.
 */
export const staticText = {
  afterParse({ sources }: Parser): void {
    for (const declaration of sources.flatMap(({ statements }) => statements).flatMap(declarationsOf)) {
      const literal = literalOf(declaration.initializer);
      if (literal !== undefined) declaration.initializer = staticBytes(literal);
    }
  },
};

function declarationsOf(statement: Statement) {
  return statement instanceof VariableStatement ? statement.declarations : [];
}

/** The literal of `text('...')`; undefined for any other expression. */
function literalOf(expression: Expression | null): string | undefined {
  if (!(expression instanceof CallExpression)) return undefined;
  const { expression: callee, args } = expression;
  const isText = callee instanceof IdentifierExpression && callee.text === 'text';
  return isText && args[0] instanceof StringLiteralExpression ? args[0].value : undefined;
}

/** Address and length in one number, as `slice` of filter/assembly/core/bytes.ts puts them. */
function staticBytes(literal: string): Expression | null {
  const bytes = Array.from(literal, (character) => character.charCodeAt(0));
  const parser = new Parser();
  parser.parseFile(
    `const bytes = (<u64>memory.data<u8>([${bytes}]) << 32) | ${bytes.length};`,
    'text',
    false,
  );
  const [declaration] = parser.sources.flatMap(({ statements }) => statements).flatMap(declarationsOf);
  return declaration?.initializer ?? null;
}
