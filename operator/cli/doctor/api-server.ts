import { z } from 'zod';
import { apiPath } from '../../cluster/kinds.ts';
import type { Check } from './check.ts';

const version = z.object({ gitVersion: z.string(), major: z.string(), minor: z.string() });

// The chart's preStop hook sleeps, which Kubernetes can by default since 1.30. The CRD's CEL functions are older.
const minorMin = 30;

export const apiServer: Check = {
  code: 'SP001',
  name: 'API server',
  isVital: true,
  async run({ client }) {
    const { gitVersion, major, minor } = version.parse(await client.json({ path: apiPath('version') }));
    if (Number(major) > 1 || Number.parseInt(minor, 10) >= minorMin) {
      return { state: 'Good', message: `answers, Kubernetes ${gitVersion}` };
    }
    return {
      state: 'Doubtful',
      message: `Kubernetes ${gitVersion} is older than 1.${minorMin}`,
      remedy: 'upgrade the cluster: it may not accept the chart or the CRD',
    };
  },
};
