import { readFileSync } from 'node:fs';

/** A value of the chart, with the comment above it. */
interface Value {
  readonly path: string;
  readonly value: string;
  readonly comment: string;
}

const intro = `# The chart

Installs the operator; the CustomResourceDefinitions in \`crds/\` come first. [How to install it](../docs/install.md),
[upgrades and rights](../docs/operations.md). Written by \`npm run generate\` from \`values.yaml\`.
`;

/** The chart's README: each value with its default and what its comment says. */
export function renderChartReadme(): string {
  const values = valuesOf(readFileSync(new URL('../../charts/values.yaml', import.meta.url), 'utf8'));
  const rows = values.map(({ path, value, comment }) => [
    `\`${path}\``,
    value === '' ? '' : `\`${value.replaceAll('|', '\\|')}\``,
    comment.replaceAll('|', '\\|'),
  ]);
  const head = ['value', 'default', 'means'];
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `${intro}\n${table}\n`;
}

/**
 * The values by their lines: a comment belongs to the next key, and a key without a value of its own names a group.
 * Lists that span lines are given by their first key alone.
 */
function valuesOf(text: string): Value[] {
  const values: Value[] = [];
  const groups: string[] = [];
  let comment: string[] = [];
  for (const line of text.split('\n')) {
    const remark = /^\s*# ?(.*)$/.exec(line);
    const entry = /^( *)([\w.'/-]+):(?: (.*))?$/.exec(line);
    if (remark) comment.push(remark[1] ?? '');
    else if (entry) {
      const [, indent = '', key = '', value = ''] = entry;
      groups.length = indent.length / 2;
      const path = [...groups, key].join('.');
      groups.push(key);
      if (value !== '' || comment.length > 0) values.push({ path, value, comment: comment.join(' ') });
      comment = [];
    } else comment = [];
  }
  return values;
}
