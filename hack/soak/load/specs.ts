import { pick, type Random } from '../../random.ts';
import type { ModuleServer } from '../module-server.ts';

interface SpecDraw {
  readonly random: Random;
  readonly modules: ModuleServer;
  /** Name of a ConfigMap with source. */
  readonly source: string;
}

type Shape = (draw: SpecDraw) => object;

/** Differs nearly always, so that the spec gives another revision. */
const timeout = (random: Random) => `${100 + Math.floor(random() * 900)}ms`;

const backend = (random: Random) => ({ url: 'http://backend.sp-system:8080', timeout: timeout(random) });

/** No fault lasts so long: a rollout that fails shows that the operator took a fault for a bad filter. */
const progressDeadline = '3m';

/** The modules that specs name. */
const modulesMax = 20;

/** Pods that run already can be switched to such a revision: no key must reach them by a restart. */
const capture = { redactMarker: 'Plain' };

const bundled: Shape = ({ random }) => ({ backend: backend(random), rollout: { progressDeadline } });
const live: Shape = ({ random }) => ({
  capture,
  backend: backend(random),
  rollout: { progressDeadline, method: 'Live' },
});
const canary: Shape = ({ random }) => ({
  capture,
  backend: backend(random),
  rollout: { progressDeadline, canary: [{ pods: 1, bake: '1s' }] },
});
const fetched: Shape = ({ random, modules }) => ({
  filter: modules.filterAt(Math.floor(random() * modulesMax)),
  rollout: { progressDeadline },
});
const built: Shape = ({ source }) => ({
  filter: { build: { configMap: { name: source } } },
  rollout: { progressDeadline },
});

/** How an agent may be configured; what is listed twice is drawn twice as often. */
const shapes: readonly Shape[] = [bundled, bundled, canary, live, fetched, fetched, built];

/** The parts of a spec beyond its selector. */
export function drawSpec(draw: SpecDraw): object {
  return pick(draw.random, shapes)(draw);
}
