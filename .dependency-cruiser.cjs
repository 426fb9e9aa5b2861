/** The import table of docs/architecture.md, section 1: package -> what it may import. */
const MAY_IMPORT = {
  cidr: [],
  lease: ['cidr'],
  dataplane: ['cidr'],
  docker: ['cidr'],
  api: ['cidr'],
  overlayd: ['cidr', 'lease', 'dataplane', 'docker', 'api'],
  overlayctl: ['cidr', 'lease', 'api', 'testbed'],
  testbed: ['cidr', 'lease', 'api'],
  sim: ['cidr', 'lease', 'dataplane', 'overlayd'],
};

/** Which one place may import a library. */
const ONLY_IMPORTER = {
  'ip-num': '^packages/cidr/src',
  etcd3: '^packages/lease/(src|test)/etcd',
  koffi: '^packages/dataplane/src/linux',
  dockerode: '^packages/docker/src/engine',
  protobufjs: '^packages/api/src',
  winston: '^packages/overlayd/src',
  commander: '^packages/overlayctl/src',
};

/** Pure folders, and what else they may not reach. */
const PURE =
  '^packages/(cidr/src|(lease|dataplane|docker)/src/[^/]+\\.ts|dataplane/src/(firewall|udp-proxy)/|overlayd/src/(plan|backends)/)';
const TEST = '\\.test\\.ts$';

const tableRules = Object.entries(MAY_IMPORT).map(([name, allowed]) => ({
  name: `imports-of-${name}`,
  comment: `${name} may import ${allowed.join(', ') || 'nothing'}. Move the code, or pass what you need as an argument.`,
  severity: 'error',
  from: { path: `^packages/${name}/src`, pathNot: TEST },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
}));

const importerRules = Object.entries(ONLY_IMPORTER).map(([library, place]) => ({
  name: `only-importer-of-${library}`,
  comment: `${library} is imported only under ${place}. Use what that package offers.`,
  severity: 'error',
  from: { path: '^packages/[^/]+/src', pathNot: `${place}|${TEST}` },
  to: { path: `node_modules/${library}/` },
}));

module.exports = {
  forbidden: [
    ...tableRules,
    ...importerRules,
    {
      name: 'pure-files-import-pure-files',
      comment: 'A file that decides imports no file that acts. Pass the result of the effect as data.',
      severity: 'error',
      from: { path: PURE, pathNot: TEST },
      to: { path: '^packages/[^/]+/src/(etcd|linux|engine)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Move what both need into a third file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'testbed-on-use',
      comment: 'overlayctl loads the testbed only when `demo` or `etcd` runs: use a dynamic import.',
      severity: 'error',
      from: { path: '^packages/overlayctl/src' },
      to: { path: '^packages/testbed', dependencyTypesNot: ['dynamic-import', 'type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/' },
    tsConfig: { fileName: 'tsconfig.test.json' },
    tsPreCompilationDeps: true,
    exclude: { path: '/dist/' },
  },
};
