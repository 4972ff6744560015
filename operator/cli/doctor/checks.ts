import { agents } from './agents.ts';
import { ambient } from './ambient.ts';
import { apiServer } from './api-server.ts';
import { backend } from './backend.ts';
import type { Check } from './check.ts';
import { crd } from './crd.ts';
import { egress } from './egress.ts';
import { gateways } from './gateways.ts';
import { https } from './https.ts';
import { injection } from './injection.ts';
import { meshKinds } from './istio-kinds.ts';
import { istioVersion } from './istio-version.ts';
import { modules } from './modules.ts';
import { operatorDeployment } from './operator-deployment.ts';
import { proxyPort } from './proxy-port.ts';
import { rights } from './rights.ts';
import { sidecars } from './sidecars.ts';
import { versions } from './versions.ts';

/** In the order in which one needs the other. To add one, write a file here, a line below, and a section of docs/troubleshooting.md. */
export const checks: readonly Check[] = [
  apiServer,
  crd,
  meshKinds,
  operatorDeployment,
  versions,
  rights,
  modules,
  sidecars,
  injection,
  ambient,
  gateways,
  istioVersion,
  proxyPort,
  egress,
  backend,
  https,
  agents,
];
