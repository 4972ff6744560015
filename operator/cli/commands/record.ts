import type { Command } from 'commander';
import { once } from 'node:events';
import { httpUrl } from '../arguments.ts';
import { withGivenFile } from '../given-file.ts';
import { checkWritable, writeRecordings } from '../recordings/recordings-file.ts';
import type { Terminal } from '../terminal.ts';
import { localAgent, portableAgent } from '../trial/local-agent.ts';
import { settle } from '../trial/settle.ts';
import { sessionText, startSession, withSessionOptions, type SessionOptions } from '../trial/session.ts';

interface RecordOptions extends SessionOptions {
  readonly upstream: URL;
  readonly out: string;
}

const help = `
Send requests to the printed address: each goes upstream and is recorded. spagent replay FILE answers them later.
Credentials are recorded as [redacted]. A FILE that ends in .har is an HTTP archive; any other is OTLP JSON.`;

/** The filter sends what it has recorded each second. */
const flushSeconds = 1.2;

export function define(command: Command, terminal: Terminal): void {
  withSessionOptions(
    command.requiredOption('--upstream <url>', 'server to record, such as http://127.0.0.1:8080', httpUrl),
  )
    .option('-o, --out <file>', 'file to write the recordings to when it ends', 'recordings.json')
    .addHelpText('after', help)
    .action(async (options: RecordOptions) => {
      await using stack = new AsyncDisposableStack();
      // Now, not at the end: a file that cannot be written must not cost the recordings.
      await withGivenFile(
        `--out ${options.out}`,
        () => checkWritable(options.out),
        'give a file that can be written',
      );
      const agent = portableAgent(await localAgent(options.file), 'Record', false);
      const session = await startSession(terminal, stack, { ...options, agent });
      terminal.out(sessionText(session));
      if (!terminal.interrupted.aborted) await once(terminal.interrupted, 'abort');
      await settle(session.proxy, flushSeconds);
      const spans = [...session.backend.recordings.spans({})];
      await writeRecordings(options.out, spans);
      terminal.note(
        `${spans.length} recordings in ${options.out}; spagent replay ${options.out} replays them\n`,
      );
    });
}
