/**
 * In the guest: sends back what comes through a port, and says on stderr what it is told. Its arguments are the device
 * and the way to use it.
 */
import { Prng } from '@flotilla/core/random'
import { nodeClock } from '@flotilla/core/time/node'
import { deviceChannel } from '@flotilla/virtio-agent/node'

const [, , path = '', way] = process.argv
const channel = deviceChannel({
  path,
  clock: nodeClock(),
  prng: new Prng(process.pid),
  way: way === 'blocking-read' ? way : 'pipe-handle',
})

/** What there was no room for; tests send less than would matter. */
let rest: Uint8Array[] = []

function flush(): void {
  while (rest[0] !== undefined) {
    const taken = channel.write(rest[0])
    if (taken < rest[0].length) {
      rest[0] = rest[0].subarray(taken)
      return
    }
    rest.shift()
  }
}

channel.begin({
  onPeer(isThere) {
    console.error(`peer ${isThere}`)
    if (!isThere) rest = []
  },
  onBytes(bytes) {
    rest.push(Uint8Array.from(bytes))
    flush()
  },
  onRoom: flush,
  onTrouble: (error) => console.error(`trouble ${error instanceof Error ? error.message : String(error)}`),
})
