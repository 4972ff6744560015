import {
  CallExpression,
  ExpressionStatement,
  IdentifierExpression,
  StringLiteralExpression,
  type Parser,
  type Statement,
} from 'assemblyscript';
import { rootIdPattern } from '../../api/names.ts';
import { rootIdSection } from '../check/inspect.ts';

/**
 * Compiler transform: writes the root id that a source registers with the SDK (`registerRootContext(factory, 'add_header')`) into a
 * custom section of the module. The SDK's dispatcher traps under any other root id, and nothing else of a module shows it.
 */
export class RootIdTransform {
  #rootId: string | undefined;

  afterParse({ sources }: Parser): void {
    const own = sources.filter(({ normalizedPath }) => !normalizedPath.startsWith('~lib/'));
    this.#rootId = own.flatMap(({ statements }) => statements.flatMap(rootIdsOf))[0];
  }

  /** @param module of binaryen. */
  afterCompile(module: { addCustomSection(name: string, contents: Uint8Array): void }): void {
    if (this.#rootId !== undefined) module.addCustomSection(rootIdSection, Buffer.from(this.#rootId));
  }
}

function rootIdsOf(statement: Statement): string[] {
  if (!(statement instanceof ExpressionStatement)) return [];
  const { expression } = statement;
  if (!(expression instanceof CallExpression) || !(expression.expression instanceof IdentifierExpression))
    return [];
  const [, id] = expression.args;
  const isRegistration = expression.expression.text === 'registerRootContext';
  return isRegistration && id instanceof StringLiteralExpression && rootIdPattern.test(id.value)
    ? [id.value]
    : [];
}
