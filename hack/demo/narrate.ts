import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** styleText leaves its marks out where the stream is not a terminal or NO_COLOR is set. */
function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Shows a person what happens: numbered steps, indented lines, commands with their output. */
export interface Narrator {
  step(title: string): void;
  line(text: string): void;
  good(text: string): void;
  /** A command as a user would type it, and what it printed. */
  command(command: string, output: string): void;
}

export function narrator(stepCount: number): Narrator {
  const started = performance.now();
  let step = 0;
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  const indent = (text: string) => text.trimEnd().replaceAll(/^/gm, '    ');
  return {
    step(title) {
      step += 1;
      say(`\n${paint('bold', `[${step}/${stepCount}] ${title}`)} ${paint('dim', `(${seconds()})`)}`);
    },
    line(text) {
      say(indent(text));
    },
    good(text) {
      say(indent(`${paint('green', '✓')} ${text}`));
    },
    command(command, output) {
      say(indent(`${paint('cyan', '$')} ${paint('bold', command)}`));
      if (output.trim() !== '') say(indent(output));
    },
  };
}
