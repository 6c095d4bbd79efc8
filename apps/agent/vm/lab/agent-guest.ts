import { join } from 'node:path'
import { bundleProgram } from '../../packing/bundle.ts'
import { nodeEnvironment, nodeFlags } from '../../src/install/node-flags.ts'
import { guestEquipment } from './guest-equipment.ts'
import type { GuestImageOptions } from './guest-image.ts'
import { LabGuest } from './lab-guest.ts'
import { noAgent } from './guest-scripts.ts'

const apps = join(import.meta.dirname, '../..')

/** In the guest: Node, the agent as one file, and the program that echoes. */
export const agentCommand: string = `env ${nodeEnvironment} node ${nodeFlags.join(' ')} /opt/flotilla-agent.js`

export interface AgentGuestOptions {
  /** What init starts; nothing if it is undefined. */
  readonly agent?: string
  readonly files?: Readonly<Record<string, string>>
  /** With a disk, a network, users and the programs that change them. */
  readonly isEquipped?: boolean
}

/** A guest with our agent in it. */
export async function bootAgentGuest(options: AgentGuestOptions): Promise<LabGuest> {
  const { files = {}, isEquipped = false } = options
  const parts = await agentFiles(files)
  const agent = options.agent === undefined ? noAgent : `exec ${options.agent}`
  if (!isEquipped) return LabGuest.boot({ ...parts, agent })
  const equipment = guestEquipment()
  return LabGuest.boot({
    ...equipment,
    programs: [...parts.programs, ...equipment.programs],
    files: { ...equipment.files, ...parts.files },
    agent,
    hasDevices: true,
  })
}

/** What such a guest is made of: Node, and texts by path. */
export async function agentFiles(
  more: Readonly<Record<string, string>>,
): Promise<Pick<GuestImageOptions, 'programs' | 'files'>> {
  const [program, echo] = await Promise.all([
    bundleProgram(join(apps, 'src/main.ts')),
    bundleProgram(join(apps, 'vm/programs/echo.ts')),
  ])
  const all = { 'opt/flotilla-agent.js': program, 'opt/echo.js': echo, ...more }
  return {
    programs: [{ source: process.execPath, path: 'usr/bin/node' }],
    files: Object.fromEntries(Object.entries(all).map(([path, text]) => [path, Buffer.from(text)])),
  }
}
