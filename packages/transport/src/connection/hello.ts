import { bytes, createCodec, integer, object, string, type Codec } from '@flotilla/core/codec'
import type { NodeId } from '@flotilla/core/ids'
import type { NetworkLimits } from '@flotilla/core/network'
import type { CertificateFacts } from '@flotilla/certificates'
import type { FrameLimits } from '../frames/wire.ts'
import { goodbye, type Goodbye } from './goodbye.ts'

/** Versions of the protocol that this code speaks; the highest that both ends speak is taken. */
const protocolVersions = { least: 1, most: 1 } as const

export const lifeBytes = 16

/** The first frame of each end: the dialler's at once, the other's when it has decided to take the connection. */
export interface Hello extends FrameLimits {
  readonly versionLeast: number
  readonly versionMost: number
  /** Drawn at the start of a process: a peer that comes with another one was started anew. */
  readonly life: Uint8Array
  readonly cluster: string
  readonly id: string
  /** The name of the compression that it has, or empty. */
  readonly compression: string
}

const u32Max = 2 ** 32 - 1

export const helloCodec: Codec<Hello> = createCodec({
  name: 'hello',
  schema: object(
    {
      versionLeast: integer({ max: 65_535 }),
      versionMost: integer({ max: 65_535 }),
      life: bytes({ bytesMax: lifeBytes }),
      cluster: string({ bytesMax: 128 }),
      id: string({ bytesMax: 128 }),
      compression: string({ bytesMax: 32 }),
      messageBytesMax: integer({ max: u32Max }),
      streamHeaderBytesMax: integer({ max: u32Max }),
      nameLengthMax: integer({ max: u32Max }),
      reasonLengthMax: integer({ max: u32Max }),
    },
    { unknownFields: 'skip' },
  ),
})

/** What a process tells of itself; the same to every peer. */
export interface Greeter {
  readonly id: NodeId
  readonly cluster: string
  readonly life: Uint8Array
  readonly compression: string
  readonly limits: FrameLimits
}

export function frameLimits(limits: NetworkLimits): FrameLimits {
  const { messageBytesMax, streamHeaderBytesMax, channelNameLengthMax, topicNameLengthMax, reasonLengthMax } = limits
  const nameLengthMax = Math.max(channelNameLengthMax, topicNameLengthMax)
  return { messageBytesMax, streamHeaderBytesMax, nameLengthMax, reasonLengthMax }
}

export function helloOf(greeter: Greeter): Hello {
  const { id, cluster, life, compression, limits } = greeter
  const { least: versionLeast, most: versionMost } = protocolVersions
  return { versionLeast, versionMost, life, cluster, id, compression, ...limits }
}

/** Why we do not go on after this greeting from somebody with that certificate; undefined if we do. */
export function helloRefusal(hello: Hello, peer: CertificateFacts, self: Greeter): Goodbye | undefined {
  const { least, most } = protocolVersions
  if (hello.versionMost < least || hello.versionLeast > most || hello.versionLeast > hello.versionMost) {
    const theirs = `${hello.versionLeast} to ${hello.versionMost}`
    return goodbye('version', `${self.id} speaks versions ${least} to ${most} of the protocol, not ${theirs}: update`)
  }
  if (hello.cluster !== peer.cluster || hello.cluster !== self.cluster) {
    return goodbye('wrong-identity', `${self.id} is of cluster ${self.cluster}, and takes nobody else`)
  }
  if (hello.id !== peer.id || hello.life.byteLength !== lifeBytes) {
    return goodbye('wrong-identity', `who greets as ${hello.id.slice(0, 64)} has the certificate of ${peer.id}`)
  }
  if (peer.id === self.id) return goodbye('self', 'that address is our own')
  return undefined
}
