import { FlotillaError, unreachable } from '@flotilla/core/errors'
import type { Prng } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import {
  detectLinuxPort,
  ownPortNames,
  windowsPortPath,
  type Detection,
  type Dialect,
  type WallChannel,
} from '@flotilla/virtio-agent'
import { deviceChannel, readPortListing, socketChannel, type SocketPlace } from '@flotilla/virtio-agent/node'
import type { AgentSettings } from '../settings/settings.ts'

/** What a setting such as `device` says. */
export type PortChoice =
  | { readonly type: 'auto' | 'none' }
  | { readonly type: 'device'; readonly path: string }
  | { readonly type: 'socket'; readonly place: SocketPlace; readonly role: 'connect' | 'listen' }

export function portChoice(text: string): PortChoice {
  if (text === 'auto' || text === 'none') return { type: text }
  const [, kind, rest = ''] = /^(unix|listen|tcp):(.*)$/s.exec(text) ?? []
  if (kind === undefined) return { type: 'device', path: text }
  if (kind !== 'tcp') return { type: 'socket', place: { path: rest }, role: kind === 'listen' ? 'listen' : 'connect' }
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(rest) ?? []
  return { type: 'socket', place: { host, port: Number(port) }, role: 'connect' }
}

export interface ChannelOptions {
  readonly dialect: Dialect
  readonly settings: AgentSettings
  readonly clock: Clock
  readonly prng: Prng
}

/** The channel that the settings ask for; undefined where they ask for none. */
export function chosenChannel({ dialect, settings, clock, prng }: ChannelOptions): WallChannel | undefined {
  const choice = portChoice(settings[dialect === 'own' ? 'device' : 'qga-device'])
  const way = settings['port-way']
  switch (choice.type) {
    case 'none':
      return undefined
    case 'socket':
      return socketChannel({ ...choice, clock, prng })
    case 'auto':
    case 'device': {
      // Looked for each time it is opened, because a port may come while we run, or be another after a restart.
      const path = choice.type === 'device' ? choice.path : () => foundPath(dialect)
      return deviceChannel({ path, clock, prng, ...(way === 'auto' ? {} : { way }) })
    }
    default:
      return unreachable(choice, 'choice of a port')
  }
}

/** What there is on this machine. */
function detection(dialect: Dialect): Detection {
  if (process.platform !== 'win32') return detectLinuxPort(readPortListing(), dialect)
  // The driver offers the ports by their names; whether one is there is seen when it is opened.
  const name = dialect === 'own' ? ownPortNames[0] : 'org.qemu.guest_agent.0'
  return { path: windowsPortPath(name), steps: [] }
}

function foundPath(dialect: Dialect): string {
  const { path, steps } = detection(dialect)
  if (path !== undefined) return path
  const hint = steps.at(-1)?.advice ?? 'see --diagnose'
  throw new FlotillaError('port-missing', 'this machine has no such virtio port', { hint })
}
