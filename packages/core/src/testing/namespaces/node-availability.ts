import { namespaceNames } from './node-namespace-name.ts'
import { toolComplaint } from './node-system-tool.ts'

export interface LabAvailability {
  readonly available: boolean
  /** For the title of what is skipped: ` (skipped: …)`, or nothing. */
  readonly note: string
}

/** For `describe.skipIf(!lab.available)`; asked once in each test file. */
export function labAvailable(): LabAvailability {
  const obstacle = labObstacle()
  return { available: obstacle === undefined, note: obstacle === undefined ? '' : ` (skipped: ${obstacle})` }
}

/** Why this machine cannot make network namespaces; undefined where it can. It is found out by making one. */
function labObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux'
  if (process.getuid?.() !== 0) return 'network namespaces are made by root only'
  const trial = namespaceNames()('trial')
  const refused = toolComplaint('ip', ['netns', 'add', trial])
  if (refused !== undefined) return `ip cannot make a network namespace: ${refused}`
  const cutRefused = toolComplaint('ip', ['netns', 'exec', trial, 'nft', 'add', 'table', 'inet', 'trial'])
  toolComplaint('ip', ['netns', 'delete', trial])
  return cutRefused === undefined ? undefined : `nft cannot filter: ${cutRefused}`
}
