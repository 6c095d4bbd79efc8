import { array, createCodec, object, string, type Codec, type Schema } from '@flotilla/core/codec'
import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Configuration } from '../types.ts'
import { configurationFault } from './configuration.ts'

/** More than any group may have; what a group may have is `membersMax`. */
const listedMax = 1_024
const nodes: Schema<readonly NodeId[]> = array(string<NodeId>({ bytesMax: 64 }), { countMax: listedMax })
const schema: Schema<Configuration> = object({ voters: nodes, outgoing: nodes, learners: nodes })
const codec: Codec<Configuration> = createCodec({ name: 'raft configuration', schema })

export function encodeConfiguration(configuration: Configuration): Uint8Array {
  return codec.encode(configuration)
}

/** Throws a `ProtocolError` for what is no configuration: sorted lists, no doubles, nobody both voter and learner. */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  const configuration = codec.decode(bytes)
  const fault = configurationFault(configuration)
  if (fault === undefined) return configuration
  throw new ProtocolError('malformed', `the bytes of a raft configuration say something impossible: ${fault}`)
}
