import ts from 'typescript';

/** One small change of a file that a test should notice. */
export interface Mutant {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly from: string;
  readonly to: string;
  readonly start: number;
  readonly end: number;
}

const binary: Readonly<Partial<Record<ts.SyntaxKind, string>>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
  [ts.SyntaxKind.AmpersandAmpersandToken]: '||',
  [ts.SyntaxKind.BarBarToken]: '&&',
  [ts.SyntaxKind.PlusToken]: '-',
  [ts.SyntaxKind.MinusToken]: '+',
  [ts.SyntaxKind.AsteriskToken]: '/',
};

/** All mutants of a file: turned conditions and operators, changed numbers, calls and list elements left out. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Mutant[] = [];
  const add = (node: ts.Node, to: string) => {
    const start = node.getStart(source);
    const end = node.getEnd();
    const line = source.getLineAndCharacterOfPosition(start).line + 1;
    found.push({ file, line, from: text.slice(start, end), to, start, end });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    for (const [changed, to] of changesOf(node)) add(changed, to);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return found;
}

function changesOf(node: ts.Node): readonly (readonly [ts.Node, string])[] {
  if (ts.isBinaryExpression(node)) {
    const to = binary[node.operatorToken.kind];
    // A text that is put together is for people.
    const isText = node.operatorToken.kind === ts.SyntaxKind.PlusToken && /['"`]/.test(node.getText());
    return to === undefined || isText ? [] : [[node.operatorToken, to]];
  }
  if (ts.isIfStatement(node)) {
    return [
      [node.expression, 'true'],
      [node.expression, 'false'],
    ];
  }
  if (ts.isConditionalExpression(node)) {
    return [
      [node.condition, 'true'],
      [node.condition, 'false'],
    ];
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [[node, node.operand.getText()]];
  }
  if (ts.isNumericLiteral(node)) return [[node, String(Number(node.text) + 1)]];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [[node, 'false']];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [[node, 'true']];
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 0) return [[node, '[]']];
  return [];
}
