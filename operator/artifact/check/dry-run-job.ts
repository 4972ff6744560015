import { messageOf } from '../../api/errors.ts';
import { plainText } from '../../api/plain-text.ts';
import type { SandboxAnswer } from '../sandbox/job.ts';
import { runConfigure, type LogLine } from './configure-host.ts';

const lineBytesMax = 1024;
const warn = 3;

/** Lets a module read a configuration, in a sandbox. The header is an outcome of `dry-run.ts`. */
export function runDry(bytes: Uint8Array, configuration: string): SandboxAnswer {
  const log: LogLine[] = [];
  try {
    if (runConfigure(bytes, Buffer.from(configuration), log)) return { header: { accepted: true } };
    return { header: { accepted: false, message: worstOf(log) ?? 'it does not say why' } };
  } catch (error) {
    const worst = worstOf(log);
    const trap = `it trapped: ${oneLine(messageOf(error))}`;
    return { header: { accepted: false, message: worst === undefined ? trap : `${trap}; ${worst}` } };
  }
}

function worstOf(log: readonly LogLine[]): string | undefined {
  const [worst] = log.filter(({ level }) => level >= warn).sort((a, b) => b.level - a.level);
  return worst && oneLine(worst.text);
}

function oneLine(text: string): string {
  return plainText(text.trim().split('\n', 1)[0] ?? '', lineBytesMax);
}
