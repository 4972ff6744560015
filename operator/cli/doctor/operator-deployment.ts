import { findOperators } from '../operators.ts';
import type { Check } from './check.ts';

export const operatorDeployment: Check = {
  code: 'SP004',
  name: 'Operator',
  async run({ client }) {
    const found = await findOperators(client);
    const [first] = found;
    if (first === undefined) {
      return {
        state: 'Bad',
        message: 'no Deployment carries the label app.kubernetes.io/name=sp-agent',
        remedy: 'helm install sp-agent charts/ -n sp-system --create-namespace',
      };
    }
    const names = found.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
    if (found.length > 1) {
      return {
        state: 'Doubtful',
        message: `several are installed: ${names}`,
        remedy: 'keep one, or give each its own watchNamespaces',
      };
    }
    const { namespace, name, replicas, readyReplicas } = first;
    const message = `Deployment ${names}: ${readyReplicas} of ${replicas} pods are ready`;
    if (readyReplicas >= replicas) return { state: 'Good', message };
    return {
      state: readyReplicas === 0 ? 'Bad' : 'Doubtful',
      message,
      remedy: `kubectl -n ${namespace} describe deployment ${name}`,
    };
  },
};
