import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const backendView = z.object({ recordings: z.array(z.unknown()) });

const deadlineMilliseconds = 20_000;

/**
 * Waits until the development backend has a recording: the filter saves in batches, after the answer.
 * @param read gets what the backend says at `/api/recordings`.
 */
export async function awaitRecording(read: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + deadlineMilliseconds;
  while (backendView.parse(await read()).recordings.length === 0) {
    if (performance.now() > deadline) {
      throw new Error(`the development backend has no recording after ${deadlineMilliseconds / 1000} s`);
    }
    await sleep(100);
  }
}
