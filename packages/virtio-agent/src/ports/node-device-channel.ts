import type { Prng } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { WallChannel } from '../contract.ts'
import { portSettings, type PortSettings } from './limits.ts'
import { blockingWay } from './node-blocking-way.ts'
import { pipeWay } from './node-pipe-way.ts'
import type { PortWay, PortWayName } from './port-way.ts'
import { virtioPort } from './virtio-port.ts'

export interface DeviceChannelOptions {
  /** `/dev/vport0p1`, or a link to it; or what finds it each time it is opened, and throws where there is none. */
  readonly path: string | (() => string)
  readonly clock: Clock
  readonly prng: Prng
  /** By default the pipe handle where this Node has it. */
  readonly way?: PortWayName
  readonly settings?: Partial<PortSettings>
}

/** The guest's end of a virtio port. */
export function deviceChannel(options: DeviceChannelOptions): WallChannel {
  const { clock, prng, settings = {} } = options
  return virtioPort({ way: chosenWay(options), clock, prng, settings })
}

/** The way that `deviceChannel` takes here; it opens nothing. */
export function chosenWay({ path, clock, way, settings }: Omit<DeviceChannelOptions, 'prng'>): PortWay {
  const complete = portSettings(settings)
  const find = typeof path === 'string' ? () => path : path
  const pipe = way === 'blocking-read' ? undefined : pipeWay(find, complete)
  return pipe ?? blockingWay(find, clock, complete)
}
