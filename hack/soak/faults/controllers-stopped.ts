import { stopped } from './stopped-server.ts';

/** Nothing makes pods for a while. */
export const controllersStopped = stopped('kube-controller-manager', { seconds: [5, 15] });
