/** A node of ours as a process: each end of each figure. */
import { nodeEntropy } from '@flotilla/core/random/node'
import type { ByteStream, Channel } from '@flotilla/core/network'
import type { NodeId } from '@flotilla/core/ids'
import { nodeClock } from '@flotilla/core/time/node'
import { createTransport, type Address, type Transport } from '@flotilla/transport'
import { tlsLinks, type TlsIdentity } from '@flotilla/transport/node'
import type { ClusterId } from '@flotilla/certificates'
import { serve, Tally, tallyOrders } from '@flotilla/core/testing/node'

export interface Start {
  readonly id: NodeId
  readonly cluster: ClusterId
  readonly identity: TlsIdentity
}

const topic = 'bench'
const payload = new Uint8Array(256)
const piece = new Uint8Array(256 * 2 ** 10)
/** Publications that wait to be sent are dropped when they are too many, so the publisher looks now and then. */
const publishedAtOnce = 512
const waitingMax = 4_096

let transport: Transport
let channel: Channel
let peer: NodeId
let stream: ByteStream | undefined
/** Publications or bytes of a stream: whatever the figure is about. */
const received = new Tally()
/** Milliseconds from when a message of the trickle was due to when it was here. */
let latencies: number[] = []

async function start({ id, cluster, identity }: Start): Promise<readonly Address[]> {
  const clock = nodeClock()
  const links = tlsLinks({ identity, listen: [{ host: '127.0.0.1', port: 0 }], clock })
  transport = await createTransport({ self: { id, cluster }, links, clock, entropy: nodeEntropy() })
  channel = transport.network.open('bench', {
    request: async (request) => request.payload,
    notice(_from, { buffer, byteOffset }) {
      latencies.push(nowMs() - new DataView(buffer, byteOffset).getFloat64(0))
    },
    async stream(incoming) {
      for await (const { length } of incoming) received.add(length)
    },
  })
  channel.subscribe(topic, () => received.add(1))
  return transport.addresses
}

async function connect(target: { readonly id: NodeId; readonly addresses: readonly Address[] }): Promise<void> {
  peer = target.id
  transport.setTargets([target])
  while (channel.publish(topic, payload) === 0) await turn()
}

async function requests({ count, atOnce }: { count: number; atOnce: number }): Promise<void> {
  let left = count
  const client = async (): Promise<void> => {
    while (left-- > 0) await channel.request(peer, payload, { timeoutMs: 60_000 })
  }
  await Promise.all(Array.from({ length: atOnce }, client))
}

async function publish(count: number): Promise<void> {
  for (let left = count; left > 0; left -= publishedAtOnce) {
    for (let unsent = Math.min(left, publishedAtOnce); unsent > 0; unsent--) channel.publish(topic, payload)
    do await turn()
    while ((transport.figures().peers[0]?.queuedFrames ?? 0) > waitingMax)
  }
}

async function write(byteCount: number): Promise<void> {
  stream ??= await channel.openStream(peer)
  for (let left = byteCount; left > 0; left -= piece.length) await stream.write(piece)
}

/** A thousand messages a second, each counted from when it is due, while a stream takes all that the link carries. */
async function trickleBesideStream(count: number): Promise<void> {
  const enough = new AbortController()
  const saturate = async (): Promise<void> => {
    while (!enough.signal.aborted) await write(piece.length)
  }
  const saturated = saturate()
  const message = new Uint8Array(256)
  const begunMs = nowMs()
  for (let sent = 0; sent < count;) {
    for (; sent < count && begunMs + sent <= nowMs(); sent++) {
      new DataView(message.buffer).setFloat64(0, begunMs + sent)
      if (!channel.notify(peer, message)) throw new Error('a message was not accepted')
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  enough.abort()
  await saturated
}

/** The same in all processes of the machine. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

serve({
  start,
  connect,
  requests,
  publish,
  write,
  trickleBesideStream,
  ...tallyOrders(received),
  async latencies(count: number) {
    while (latencies.length < count) await turn()
    const taken = latencies
    latencies = []
    return taken
  },
  dropped: () => transport.figures().peers[0]?.publicationsDropped,
})
