import ts from 'typescript';

/** One small change of a file that a test should notice. */
export interface Mutant {
  readonly file: string;
  /** Of the entire file, without the change. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** The line's text without indentation. */
  readonly lineText: string;
  /** What is changed, and into what, as people read it. */
  readonly from: string;
  readonly to: string;
  /** The expression to replace, as offsets in the file, and what replaces it. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

interface Change {
  /** The part that is shown; default: the expression itself. */
  readonly shown?: ts.Node;
  readonly to: string;
  /** Default: `to`. */
  readonly replacement?: string;
}

const operators: Readonly<Partial<Record<ts.SyntaxKind, string>>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
  [ts.SyntaxKind.AmpersandAmpersandToken]: '||',
  [ts.SyntaxKind.BarBarToken]: '&&',
  [ts.SyntaxKind.QuestionQuestionToken]: '&&',
  [ts.SyntaxKind.PlusToken]: '-',
  [ts.SyntaxKind.MinusToken]: '+',
  [ts.SyntaxKind.AsteriskToken]: '/',
  [ts.SyntaxKind.SlashToken]: '*',
};

const methods: Readonly<Record<string, string>> = { some: 'every', every: 'some', max: 'min', min: 'max' };

/** All mutants of a file: turned conditions and operators, changed numbers, lists and calls that are left out. Texts are for people. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines = text.split('\n');
  const found: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    for (const { shown = node, to, replacement = to } of changesOf(node)) {
      const line = source.getLineAndCharacterOfPosition(shown.getStart()).line;
      found.push({
        file,
        text,
        line: line + 1,
        lineText: lines[line]?.trim() ?? '',
        from: shown.getText(),
        to,
        start: node.getStart(),
        end: node.getEnd(),
        replacement,
      });
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return found;
}

function changesOf(node: ts.Node): readonly Change[] {
  const changes: Change[] = [];
  if (isCondition(node)) changes.push({ to: 'true' }, { to: 'false' });
  if (ts.isExpressionStatement(node.parent)) changes.push({ to: 'undefined' });
  if (ts.isBinaryExpression(node)) changes.push(...changesOfOperator(node));
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    changes.push({ to: node.operand.getText() });
  if (ts.isNumericLiteral(node) && !isName(node)) changes.push({ to: String(Number(node.text) + 1) });
  if (node.kind === ts.SyntaxKind.TrueKeyword) changes.push({ to: 'false' });
  if (node.kind === ts.SyntaxKind.FalseKeyword) changes.push({ to: 'true' });
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 0) changes.push({ to: '[]' });
  if (ts.isCallExpression(node)) changes.push(...changesOfCall(node));
  return changes;
}

/** Of an `if` or a `? :`. */
function isCondition(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isIfStatement(parent)) return parent.expression === node;
  return ts.isConditionalExpression(parent) && parent.condition === node;
}

/** A key of an object. */
function isName(node: ts.Node): boolean {
  return ts.isPropertyAssignment(node.parent) && node.parent.name === node;
}

function changesOfOperator({ left, operatorToken, right }: ts.BinaryExpression): readonly Change[] {
  const to = operators[operatorToken.kind];
  const [a, b] = [left.getText(), right.getText()];
  const isText = operatorToken.kind === ts.SyntaxKind.PlusToken && /['"`]/.test(a + b);
  if (to === undefined || isText) return [];
  return [{ shown: operatorToken, to, replacement: `(${a}) ${to} (${b})` }];
}

function changesOfCall(node: ts.CallExpression): readonly Change[] {
  const { expression } = node;
  // A part of an optional chain cannot be replaced alone.
  if (!ts.isPropertyAccessExpression(expression) || node.flags & ts.NodeFlags.OptionalChain) return [];
  const { name, expression: object } = expression;
  if (name.text === 'filter') return [{ to: object.getText() }];
  const to = methods[name.text];
  if (to === undefined) return [];
  const rest = node.getText().slice(name.getEnd() - node.getStart());
  return [{ shown: name, to, replacement: `${object.getText()}.${to}${rest}` }];
}
