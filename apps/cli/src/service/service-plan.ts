import { join } from 'node:path'
import { serviceUnit } from './service-unit.ts'
import type { ServiceStep } from './service-steps.ts'

export interface ServiceFacts {
  /** Of this checkout. */
  readonly root: string
  /** The Node that runs this. */
  readonly interpreter: string
  /** Where `better-sqlite3` lies, which is machine code and is not packed. */
  readonly sqlite: string
  readonly user: string
  /** Of the template: the name of the folder below `/var/lib/flotilla`. */
  readonly instance: string
}

const unitFile = '/etc/systemd/system/flotilla@.service'
const home = '/usr/local/lib/flotilla'
const [interpreter, program] = [`${home}/node`, `${home}/apps/node/dist/main.js`]

/**
 * All that runs is copied to a place that only root can change: a checkout is somebody's, and a service must not be
 * what he makes of it. It is also out of reach behind `ProtectHome`.
 */
export function installPlan(facts: ServiceFacts): readonly ServiceStep[] {
  const { root, user, instance, sqlite } = facts
  const service = `flotilla@${instance}.service`
  return [
    {
      type: 'run',
      command: ['useradd', '--system', '--home-dir', '/var/lib/flotilla', '--shell', '/usr/sbin/nologin', user],
      // It may be there already; if it is not, the start says so.
      mayFail: true,
    },
    { type: 'copy', from: facts.interpreter, to: interpreter, isProgram: true },
    { type: 'copy', from: join(root, 'apps/node/dist'), to: `${home}/apps/node/dist`, isProgram: false },
    { type: 'copy', from: join(root, 'apps/dashboard/dist'), to: `${home}/apps/dashboard/dist`, isProgram: false },
    { type: 'copy', from: sqlite, to: `${home}/apps/node/node_modules/better-sqlite3`, isProgram: false },
    // What is packed are modules.
    { type: 'write', path: `${home}/apps/node/package.json`, text: '{ "type": "module" }\n' },
    { type: 'write', path: unitFile, text: serviceUnit({ interpreter, program, user }) },
    { type: 'run', command: ['systemctl', 'daemon-reload'], mayFail: false },
    { type: 'run', command: ['systemctl', 'enable', service], mayFail: false },
    { type: 'run', command: ['systemctl', 'restart', service], mayFail: false },
  ]
}

/** What the nodes keep, their settings and their user stay: they are not ours to throw away. */
export function uninstallPlan(): readonly ServiceStep[] {
  return [
    { type: 'run', command: ['systemctl', 'disable', '--now', 'flotilla@*.service'], mayFail: true },
    { type: 'run', command: ['systemctl', 'stop', 'flotilla@*.service'], mayFail: true },
    { type: 'remove', path: unitFile },
    { type: 'remove', path: '/etc/systemd/system/multi-user.target.wants/flotilla@.service' },
    { type: 'remove', path: home },
    { type: 'run', command: ['systemctl', 'daemon-reload'], mayFail: true },
  ]
}
