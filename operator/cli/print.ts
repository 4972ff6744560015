import { dump } from 'js-yaml';
import stringWidth from 'string-width';
import type { Format } from './formats.ts';
import type { Terminal } from './terminal.ts';
import { cellText, type Cell, type Table } from './view/table.ts';

const columnGap = '   ';

/** Columns as wide as their widest cell. The last one is not padded. */
export function tableText({ columns, rows }: Table, paint: Terminal['paint']): string {
  const widths = columns.map((title, index) =>
    Math.max(...[title, ...rows.map((row) => cellText(row[index]))].map((text) => stringWidth(text))),
  );
  const line = (cells: readonly Cell[]) =>
    widths
      .map((width, index) => {
        const cell = cells[index];
        const text = cellText(cell);
        const padding = index === widths.length - 1 ? '' : ' '.repeat(width - stringWidth(text));
        return (typeof cell === 'object' ? paint(cell.tone, text) : text) + padding;
      })
      .join(columnGap)
      .trimEnd();
  return `${[columns.map((text) => ({ text, tone: 'title' as const })), ...rows].map(line).join('\n')}\n`;
}

export function yamlText(value: unknown): string {
  return dump(value, { lineWidth: 120, noRefs: true });
}

/** Documents of one file, as kubectl reads them. */
export function yamlDocuments(values: readonly unknown[]): string {
  return values.map(yamlText).join('---\n');
}

/** Objects for machines, as they are. */
export function objectsText(format: Exclude<Format, 'table'>, objects: unknown): string {
  return format === 'json' ? `${JSON.stringify(objects, null, 2)}\n` : yamlText(objects);
}
