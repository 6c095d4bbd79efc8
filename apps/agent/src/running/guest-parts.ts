import { hostname, totalmem } from 'node:os'
import type { Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { openProcessControl } from '@flotilla/procmon/node'
import type { MachineSource } from '@flotilla/procmon'
import {
  actionDefaults,
  auditedSystem,
  guestActions,
  plainEnvironment,
  type GuestCommands,
  type GuestFigures,
  type GuestPolicy,
  type QgaSystem,
  type RefusedCommand,
} from '@flotilla/virtio-agent'
import {
  openFileShelf,
  openGuestAudit,
  openLinuxSystem,
  openPackageManager,
  openServiceManager,
  openWindowsParts,
  programRunner,
  type LinuxSystemOptions,
  type WindowsParts,
} from '@flotilla/virtio-agent/node'
import type { AgentSettings } from '../settings/settings.ts'
import { agentVersion } from '../version.ts'
import type { HeldLines } from './held-lines.ts'

export interface GuestPartsOptions {
  readonly settings: AgentSettings
  readonly source: MachineSource
  readonly figures: GuestFigures
  readonly clock: Clock
  readonly logger: Logger
  readonly lines: HeldLines
  /** Where the settings are from: the host must not change them. */
  readonly configFile: string
}

export interface GuestParts extends AsyncDisposable {
  readonly commands: GuestCommands
  readonly system: QgaSystem
  /** For the audit log: what was refused before it was a command of ours. */
  readonly onRefused: (refused: RefusedCommand) => void
}

/** What is done in the guest when the host asks for it, on this machine and as its settings allow. */
export async function guestParts(options: GuestPartsOptions): Promise<GuestParts> {
  const { settings, source, figures, clock, logger, lines, configFile } = options
  await using owned = new AsyncDisposableStack()
  const audit = owned.use(openGuestAudit({ folder: settings['audit-folder'], clock, logger }))
  const runner = owned.use(programRunner())
  const windows = process.platform === 'win32' ? openWindowsParts(runner) : undefined
  const held = [audit, lines]
  const plain = owned.use(await machineSystem(windows, { settings, runner, clock, heldWriters: held }))
  // An earlier life may have frozen the disk that the log is on.
  if (plain.freeze?.isFrozen === true) for (const writer of held) await writer.hold()
  const system = auditedSystem(plain, audit)
  const services = windows?.services ?? openServiceManager({ runner })
  const packages = windows?.packages ?? openPackageManager({ runner })
  const files = openFileShelf({
    readable: settings.folder,
    writable: settings['writable-folder'],
    never: [settings['audit-folder'], settings['shared-key-file'], configFile].filter((path) => path !== ''),
  })
  const commands = owned.use(
    guestActions({
      policy: policyOf(settings),
      audit,
      clock,
      about: { agentVersion, hostName: hostname },
      figures,
      source,
      control: await openProcessControl(),
      runner,
      // What these orders change is written down by themselves.
      system: plain,
      limits: { memoryBytesMax: memoryBytesMax() },
      logger,
      ...(services === undefined ? {} : { services }),
      ...(packages === undefined ? {} : { packages }),
      ...(files === undefined ? {} : { files }),
      ...(process.platform === 'win32' ? {} : { environment: plainEnvironment }),
    }),
  )
  const parts = owned.move()
  const onRefused = ({ command, actor, code }: RefusedCommand): void => {
    audit.mention({ actor, action: command, target: '', outcome: 'refused', details: { code } })
  }
  return { commands, system, onRefused, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}

/** In a small guest a program must reach its own limit before the machine has no memory left for anybody. */
function memoryBytesMax(): number {
  return Math.min(actionDefaults.memoryBytesMax, Math.floor(totalmem() / 2))
}

/** Without a key that may sign, no unsafe order can be right. */
function policyOf(settings: AgentSettings): GuestPolicy {
  return { allowsUnsafe: settings['allow-unsafe'] && settings['trusted-key'].length > 0 }
}

type MachineSystemOptions = Pick<LinuxSystemOptions, 'runner' | 'clock' | 'heldWriters'> & {
  readonly settings: AgentSettings
}

/** What the QEMU guest agent's commands can do here; outside of Linux and Windows only what every system has. */
async function machineSystem(
  windows: WindowsParts | undefined,
  { settings, ...options }: MachineSystemOptions,
): Promise<QgaSystem> {
  if (process.platform === 'linux') {
    return openLinuxSystem({
      ...options,
      policy: { files: settings['qga-files'], exec: settings['qga-exec'] },
      // Written before anything is frozen and removed after the thaw, so it may lie on a disk that is frozen.
      stateFolder: settings['audit-folder'],
    })
  }
  return (
    windows?.system ?? {
      time: () => BigInt(Date.now()) * 1_000_000n,
      hostName: () => Promise.resolve(hostname()),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  )
}
