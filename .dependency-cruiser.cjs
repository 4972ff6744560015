/** The layers of the project: who may import whom. Read together with docs/architecture.md. */
const room = (name) => `^operator/${name}/`;
const only = (name, allowed) => ({
  name: `${name}-imports-only-${allowed.join('-') || 'nothing'}`,
  severity: 'error',
  from: { path: room(name) },
  to: { path: '^(operator|hack|test|filter)/', pathNot: [name, ...allowed].map(room) },
});

/** The rooms of the filter, in their order: each may import only those before it. */
const filterRooms = [
  'core',
  'host',
  'json',
  'match',
  'state',
  'otlp',
  'config',
  'capture',
  'replay',
  'save',
  'flow',
];
const filterRoom = (name) => `^filter/assembly/${name}/`;
const onlyEarlier = filterRooms.map((name, index) => ({
  name: `filter-${name}-imports-only-earlier-rooms`,
  severity: 'error',
  from: { path: filterRoom(name) },
  to: { path: '^filter/', pathNot: filterRooms.slice(0, index + 1).map(filterRoom) },
}));

/** The rooms of the development backend, and which of them each may import. */
const backendRooms = {
  protocol: [],
  http: [],
  match: ['protocol'],
  store: ['protocol', 'match'],
  control: ['protocol', 'match', 'store', 'http'],
  'data-plane': ['protocol', 'match', 'store', 'http', 'control'],
  page: ['protocol', 'match', 'store', 'http', 'control'],
};
const backendRoom = (name) => `^operator/backend/${name}/`;
const onlyBelow = Object.entries(backendRooms).map(([name, below]) => ({
  name: `backend-${name}-imports-only-${below.join('-') || 'nothing'}`,
  severity: 'error',
  from: { path: backendRoom(name) },
  to: { path: '^operator/backend/[^/]+/', pathNot: [name, ...below].map(backendRoom) },
}));

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('api', []),
    only('workloads', ['api']),
    only('render', ['api']),
    only('rollout', ['api', 'workloads']),
    only('decide', ['api', 'workloads', 'render', 'rollout']),
    only('cluster', ['api', 'workloads']),
    only('artifact', ['api', 'cluster']),
    only('measure', ['api', 'rollout', 'cluster', 'artifact']),
    only('controller', ['api', 'workloads', 'artifact', 'render', 'rollout', 'decide', 'cluster', 'measure']),
    only('cli', ['api', 'workloads', 'artifact', 'render', 'rollout', 'decide', 'cluster', 'backend']),
    only('backend', ['api']),
    ...onlyBelow,
    ...onlyEarlier,
    {
      name: 'filter-files-have-a-room',
      severity: 'error',
      from: {},
      to: { path: '^filter/assembly/', pathNot: [...filterRooms.map(filterRoom), '/index\\.ts$'] },
    },
    {
      name: 'hack-is-for-development-only',
      severity: 'error',
      from: { path: '^operator/' },
      to: { path: '^(hack|test)/' },
    },
    {
      name: 'pure-rooms-have-no-effects',
      severity: 'error',
      from: {
        path: [
          '^operator/(api|workloads|render|rollout|decide)/',
          '^operator/artifact/(check/inspect|store/chunks)\\.ts$',
          '^operator/cli/view/',
          '^operator/backend/match/',
        ],
      },
      // node:crypto is used for digests, node:util for deep equality; both are pure.
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|util)$' },
    },
    // node:sqlite has no name without its prefix, by which the resolver knows Node's own modules.
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^node:sqlite$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
