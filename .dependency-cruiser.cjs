// DESIGN §1: which folder may import which. Roles meet in the journal, the queue and the database, never in an import.
const roles = ['broker', 'ingest', 'alerting', 'dashboards'];
const only = (from, allowed, comment) => ({
  name: `${from}-boundary`,
  severity: 'error',
  comment,
  from: { path: `^${from}/`, pathNot: '\\.test\\.ts$' },
  to: {
    path: '^(domain|storage|broker|ingest|alerting|dashboards|simulators|runtime|tests|start\\.ts)',
    pathNot: `^(${[from, ...allowed].join('|')})`,
  },
});

module.exports = {
  forbidden: [
    only('domain', [], 'domain/ is pure: it imports itself and pure libraries'),
    {
      name: 'domain-libraries',
      severity: 'error',
      comment: 'domain/ may use simple-statistics, an RRULE library and chinese-days, nothing else and no Node module',
      from: { path: '^domain/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^(domain/|node_modules/(simple-statistics|rrule|rrule-temporal|chinese-days)/)' },
    },
    only('storage', ['domain/', 'runtime/'], 'storage/ knows domain and runtime'),
    ...roles.map((role) => only(role, ['domain/', 'runtime/', 'storage/'], 'a role never imports another role')),
    only('simulators', ['domain/units', 'runtime/'], 'simulators speak MQTT and HTTP like any stranger'),
    only('runtime', [], 'runtime/ is the bottom'),
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-tests',
      severity: 'error',
      from: {
        path: '^(domain|storage|broker|ingest|alerting|dashboards|simulators|runtime|start)',
        pathNot: '\\.test\\.ts$',
      },
      to: { path: '^tests/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dashboards/web/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
