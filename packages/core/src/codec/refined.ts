import { FlotillaError } from '../errors/index.ts'
import { refuse, shownText } from './refusal.ts'
import type { Schema } from './schema.ts'

/**
 * A value with rules of its own, such as a `NodeId` in `refined(string({ bytesMax: nodeIdLength }), parseNodeId)`.
 * `parse` returns the value itself, or throws a `FlotillaError` that says what is wrong with it; a value that it would
 * change (to lower case, say) is refused, so that one message has one encoding. When encoding, the type is the proof.
 */
export function refined<Value extends string | number, Refined extends Value>(
  of: Schema<Value>,
  parse: (value: Value) => Refined,
): Schema<Refined> {
  return {
    depth: of.depth,
    read(reader) {
      const value = of.read(reader)
      const parsed = parsedBy(parse, value)
      if (parsed !== value) refuse('wrong-shape', `must be written as ${shownText(String(parsed))}`)
      return parsed
    },
    write: of.write,
  }
}

function parsedBy<Value, Refined extends Value>(parse: (value: Value) => Refined, value: Value): Refined {
  try {
    return parse(value)
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    return refuse('wrong-shape', `is refused: ${error.message}`)
  }
}
