import { Prng } from '@flotilla/core/random'
import { nodePacking } from '../own/node-packing.ts'
import { socketChannel } from '../ports/node-socket-channel.ts'
import type { GuestHost } from './contract.ts'
import { createGuestHost, type GuestHostOptions } from './guest-host-driver.ts'
import { folderReader } from './node-folder-reader.ts'

export type OpenGuestHostOptions = Omit<GuestHostOptions, 'folders' | 'openChannel' | 'packing'>

/** How long a machine that is started again may have to wait for us at most. */
const reconnectMsMax = 10_000

/** The virtual machines of this machine, through their Unix sockets. */
export function openGuestHost(options: OpenGuestHostOptions): GuestHost {
  const { clock, entropy } = options
  const prng = new Prng(Buffer.from(entropy.bytes(4)).readUInt32LE())
  const settings = { retryMsMax: reconnectMsMax }
  return createGuestHost({
    ...options,
    folders: folderReader(),
    packing: nodePacking(),
    openChannel: (path) => socketChannel({ place: { path }, role: 'connect', clock, prng, settings }),
  })
}
