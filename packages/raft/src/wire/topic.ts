import { ProtocolError } from '@flotilla/core/errors'
import { textHash } from '@flotilla/core/machines'
import type { GroupName } from '../types.ts'
import { wireLimits } from './limits.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The topic of the channel that stands for a topic of a group: a hash, since those of machines may be any text. Two
 * that collide are told apart by what the publication says; nothing else depends on it.
 */
export function channelTopic(group: GroupName, topic: string): string {
  const first = textHash(`${group} ${topic}`)
  const second = textHash(`${topic} ${first} ${group}`)
  return `t-${first.toString(36)}-${second.toString(36)}`
}

/** Group, topic, payload; the first two with their length in two bytes. */
export function writePublication(group: GroupName, topic: string, payload: Uint8Array): Uint8Array | undefined {
  const name = encoder.encode(`${group} ${topic}`)
  if (name.length > wireLimits.topicBytesMax) return undefined
  const publication = new Uint8Array(2 + name.length + payload.length)
  publication[0] = name.length >>> 8
  publication[1] = name.length
  publication.set(name, 2)
  publication.set(payload, 2 + name.length)
  return publication
}

/** The payload, if it is of that topic. Throws a `ProtocolError`. */
export function readPublication(publication: Uint8Array, group: GroupName, topic: string): Uint8Array | undefined {
  const length = ((publication[0] ?? 0) << 8) | (publication[1] ?? 0)
  if (publication.length < 2 + length) throw new ProtocolError('malformed', 'a publication of a group ends early')
  try {
    const name = decoder.decode(publication.subarray(2, 2 + length))
    return name === `${group} ${topic}` ? publication.subarray(2 + length) : undefined
  } catch (cause) {
    throw new ProtocolError('malformed', 'the topic of a publication is not UTF-8', { cause })
  }
}
