/**
 * Prettier plugin for AssemblyScript, which puts decorators on functions. Prettier's TypeScript parser refuses those, so
 * they are comments while it works.
 */
import type { Parser, Plugin, Printer } from 'prettier';
import { parsers as typescriptParsers } from 'prettier/plugins/typescript';
import { printers as estreePrinters } from 'prettier/plugins/estree';

const mark = '//assemblyscript-decorator ';
const { typescript } = typescriptParsers;
const estree = (estreePrinters as Record<string, Printer>)['estree'];
if (!estree) throw new Error('this Prettier has no printer named estree');

const parser: Parser = {
  ...typescript,
  astFormat: 'assemblyscript',
  preprocess: (text) => text.replace(/^[ \t]*@(?:inline|external\(.*\))$/gm, (line) => mark + line.trim()),
};

const printer: Printer = {
  ...estree,
  printComment(path, options) {
    const comment = path.node as { readonly value?: string };
    const text = `//${comment.value ?? ''}`;
    if (text.startsWith(mark)) return text.slice(mark.length);
    return estree.printComment?.(path, options) ?? '';
  },
};

const plugin: Plugin = { parsers: { assemblyscript: parser }, printers: { assemblyscript: printer } };

export const { parsers, printers } = plugin;
