import { agents } from './agents.ts';
import { apiServer } from './api-server.ts';
import type { Check } from './check.ts';
import { crd } from './crd.ts';
import { meshKinds } from './istio-kinds.ts';
import { modules } from './modules.ts';
import { operatorDeployment } from './operator-deployment.ts';
import { rights } from './rights.ts';
import { sidecars } from './sidecars.ts';

/** In the order in which one needs the other. To add one, write a file here, a line below, and a section of docs/troubleshooting.md. */
export const checks: readonly Check[] = [
  apiServer,
  crd,
  meshKinds,
  operatorDeployment,
  rights,
  modules,
  sidecars,
  agents,
];
