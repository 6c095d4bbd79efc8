import { hostname } from 'node:os'
import type { Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { openProcessControl } from '@flotilla/procmon/node'
import type { MachineSource } from '@flotilla/procmon'
import {
  auditedSystem,
  guestActions,
  plainEnvironment,
  type GuestCommands,
  type GuestFigures,
  type GuestPolicy,
  type HeldAudit,
  type QgaSystem,
} from '@flotilla/virtio-agent'
import {
  openFileShelf,
  openGuestAudit,
  openPackageManager,
  openServiceManager,
  programRunner,
} from '@flotilla/virtio-agent/node'
import type { AgentSettings } from '../settings/settings.ts'
import { agentVersion } from '../version.ts'

export interface GuestPartsOptions {
  readonly settings: AgentSettings
  readonly source: MachineSource
  readonly figures: GuestFigures
  readonly clock: Clock
  readonly logger: Logger
}

export interface GuestParts extends AsyncDisposable {
  readonly commands: GuestCommands
  readonly system: QgaSystem
}

/** What is done in the guest when the host asks for it, on this machine and as its settings allow. */
export async function guestParts(options: GuestPartsOptions): Promise<GuestParts> {
  const { settings, source, figures, clock, logger } = options
  await using owned = new AsyncDisposableStack()
  const audit = owned.use(openGuestAudit({ folder: settings['audit-folder'], clock, logger }))
  const runner = owned.use(programRunner())
  const plain = owned.use(machineSystem(settings, audit))
  // An earlier life may have frozen the disk that the log is on.
  if (plain.freeze?.isFrozen === true) await audit.hold()
  const system = auditedSystem(plain, audit)
  const services = openServiceManager({ runner })
  const packages = openPackageManager({ runner })
  const files = openFileShelf({ readable: settings.folder, writable: settings['writable-folder'] })
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
      logger,
      ...(services === undefined ? {} : { services }),
      ...(packages === undefined ? {} : { packages }),
      ...(files === undefined ? {} : { files }),
      ...(process.platform === 'win32' ? {} : { environment: plainEnvironment }),
    }),
  )
  const held = owned.move()
  return { commands, system, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

/** Without a key that may sign, no unsafe order can be right. */
function policyOf(settings: AgentSettings): GuestPolicy {
  return { allowsUnsafe: settings['allow-unsafe'] && settings['trusted-key'].length > 0 }
}

/** F1: in its place comes what Linux has. */
function machineSystem(_settings: AgentSettings, _audit: HeldAudit): QgaSystem {
  return {
    time: () => BigInt(Date.now()) * 1_000_000n,
    hostName: () => Promise.resolve(hostname()),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
