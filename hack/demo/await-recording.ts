import { repeatUntil } from '../../operator/cli/repeat-until.ts';
import { z } from 'zod';

const backendView = z.object({ recordings: z.array(z.unknown()) });

const deadlineSeconds = 20;

/**
 * Waits until the development backend has a recording: the filter saves in batches, after the answer.
 * @param read gets what the backend says at `/api/recordings`.
 */
export async function awaitRecording(read: () => Promise<unknown>): Promise<void> {
  const hasRecording = async () => backendView.parse(await read()).recordings.length > 0;
  if (await repeatUntil(hasRecording, { seconds: deadlineSeconds, pollMilliseconds: 100 })) return;
  throw new Error(`the development backend has no recording after ${deadlineSeconds} s`);
}
