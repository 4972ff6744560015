import { stopped } from './stopped-server.ts';

/** The API server is killed, and starts again. */
export const apiServerStopped = stopped('kube-apiserver', { seconds: [1, 8] });
