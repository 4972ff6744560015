import projectPackage from '../../../package.json' with { type: 'json' };
import { findOperators } from '../operators.ts';
import type { Check } from './check.ts';

export const versions: Check = {
  code: 'SP010',
  name: 'Versions',
  async run({ client }) {
    const mine = projectPackage.version;
    const operators = await findOperators(client);
    const [first] = operators;
    if (first === undefined) return { state: 'Skipped', message: 'no operator is installed' };
    const others = operators.filter(({ version }) => version !== mine);
    if (others.length === 0) return { state: 'Good', message: `spagent and operator are ${mine}` };
    const list = others
      .map(({ namespace, name, version }) => `${namespace}/${name} is ${version ?? 'unknown'}`)
      .join(', ');
    return {
      state: 'Doubtful',
      message: `spagent is ${mine}, operator ${list}`,
      remedy:
        'use the spagent, the CRDs and the chart of one release: kubectl apply -f crds/, then helm upgrade',
    };
  },
};
