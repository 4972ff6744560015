import { z } from 'zod';
import type { Check } from './check.ts';

const version = z.object({ gitVersion: z.string(), major: z.string(), minor: z.string() });

/** ValidatingAdmission by CEL with the functions that the CRD uses: Kubernetes 1.29. */
const minorMin = 29;

export const apiServer: Check = {
  name: 'API server',
  isVital: true,
  async run({ client }) {
    const { gitVersion, major, minor } = version.parse(await client.json({ path: '/version' }));
    if (Number(major) > 1 || Number.parseInt(minor, 10) >= minorMin) {
      return { state: 'Good', message: `answers, Kubernetes ${gitVersion}` };
    }
    return {
      state: 'Doubtful',
      message: `Kubernetes ${gitVersion} is older than 1.${minorMin}`,
      remedy: 'upgrade the cluster: the CRD may not be accepted',
    };
  },
};
