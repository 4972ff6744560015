import type { Tone } from './table.ts';

export interface LogLine {
  readonly tone: Tone;
  readonly line: string;
}

/** `[2026-11-28 02:00:00.123][7][info][wasm] [source/extensions/common/wasm/context.cc:1195] wasm log sp_agent: SP text` */
const envoyLine = /^\[[^\]]+\]\[\d+\]\[(\w+)\]\[(\w+)\] (?:\[[^\]]+\] )?(.*)$/;
const filterLine = /^wasm log(?: [^ :]*)*: (.*)$/;

const tones: Readonly<Record<string, Tone>> = { warning: 'pending', error: 'bad', critical: 'bad' };

/** Parts of Envoy that a filter can be at fault in. */
const components: ReadonlySet<string> = new Set(['wasm', 'config']);

/** Of Envoy's log: what the filter logged, without Envoy's words around it, and Envoy's own warnings and errors. */
export function wasmLogLines(lines: readonly string[]): LogLine[] {
  return lines.flatMap((text) => {
    const [, level = '', component = '', rest = ''] = envoyLine.exec(text) ?? [];
    const message = filterLine.exec(rest)?.[1];
    const tone = tones[level];
    if (message !== undefined) return [{ tone: tone ?? 'faint', line: message }];
    const concernsFilter = tone !== undefined && components.has(component);
    return concernsFilter ? [{ tone, line: `envoy: ${rest}` }] : [];
  });
}
