import { existsSync } from 'node:fs'
import type { ProgramRunner } from '../../execution/contract.ts'
import type { ServiceManager } from '../ports.ts'
import { openrcServiceManager } from './openrc.ts'
import { systemdServiceManager } from './systemd.ts'

/** Of what runs this machine; undefined where that is nothing that we know. */
export function openServiceManager({ runner }: { readonly runner: ProgramRunner }): ServiceManager | undefined {
  if (process.platform !== 'linux') return undefined
  // As sd_booted(3) says, and as OpenRC's own scripts look.
  if (existsSync('/run/systemd/system')) return systemdServiceManager(runner)
  if (existsSync('/run/openrc')) return openrcServiceManager(runner)
  return undefined
}
