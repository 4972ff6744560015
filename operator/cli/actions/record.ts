import { once } from 'node:events';
import { withGivenFile } from '../given-file.ts';
import { checkWritable, writeRecordings } from '../recordings/recordings-file.ts';
import type { Terminal } from '../terminal.ts';
import { localAgent, portableAgent } from '../trial/local-agent.ts';
import { settle } from '../trial/settle.ts';
import { sessionText, startSession } from '../trial/session.ts';
import type { SessionOptions } from '../trial/session-options.ts';

interface RecordOptions extends SessionOptions {
  readonly upstream: URL;
  readonly out: string;
}

/** The filter sends what it has recorded each second. */
const flushSeconds = 1.2;

export async function run(terminal: Terminal, options: RecordOptions): Promise<void> {
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
  terminal.note(`${spans.length} recordings in ${options.out}; spagent replay ${options.out} replays them\n`);
}
