// Runs on whatever Node the machine has: says in one sentence what to do when the project's own Node 24 is not the one in use.
const major = Number(process.versions.node.split('.')[0]);
if (major !== 24) {
  console.error(
    `Pulseward runs on Node 24, which the npm package "node" brings along, but this is Node ${process.versions.node}: run "npm ci" with install scripts enabled (npm config set ignore-scripts false) and start it through npm.`,
  );
  process.exit(1);
}
