import type { WebhookSample } from '../../api/gates.ts';
import type { Judgement } from './judgement.ts';

/** 2xx passes and 4xx fails; everything else is asked again. */
export function judgeWebhook({ status, problem }: WebhookSample): Judgement {
  const limit = '2xx';
  if (status === undefined) return { verdict: 'Inconclusive', message: problem ?? 'no answer yet' };
  const measured = { value: String(status), limit };
  if (status >= 200 && status < 300) return { verdict: 'Pass', ...measured, message: 'the server agrees' };
  if (status >= 400 && status < 500) {
    return { verdict: 'Fail', ...measured, message: `the server refuses the revision with status ${status}` };
  }
  const message = `the server answers ${status}, which neither passes nor fails; it is asked again`;
  return { verdict: 'Inconclusive', ...measured, message };
}
