// The first thing that runs on a fresh machine. Whatever Node is found must be able to parse this file, so that it can
// say what it needs; everything newer is behind the check.
const oldestMajor = 18

if (Number(process.versions.node.split('.')[0]) < oldestMajor) {
  console.error(
    'Flotilla: this is Node ' +
      process.versions.node +
      ', and the set-up needs Node ' +
      oldestMajor +
      ' or newer.\n' +
      'Install a newer Node with the package manager of your system, then run the same command again.',
  )
  process.exitCode = 1
} else {
  void import('./command-line.mjs').then((commandLine) => commandLine.main(process.argv.slice(2)))
}
