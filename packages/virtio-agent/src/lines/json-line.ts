import { ProtocolError } from '@flotilla/core/errors'
import { JsonStream } from './json-stream.ts'
import type { ExactJson } from './json-value.ts'
import type { JsonLimits } from './limits.ts'

type JsonLineRefusal = 'not-json' | 'too-deep'

/** Digits in a row from which on a number may not be exact as a `number`. */
const longNumber = /\d{16}/

/** One line as a value, whole numbers exact; a `ProtocolError` where it is none, or beyond the limits. */
export function readJsonLine(line: Uint8Array, limits: JsonLimits): ExactJson {
  const text = decoded(line)
  if (longNumber.test(text)) return readExactly(line, limits)
  let value: ExactJson
  try {
    value = JSON.parse(text) as ExactJson
  } catch (error) {
    throw new ProtocolError<JsonLineRefusal>('not-json', 'a line is not JSON', { cause: error })
  }
  assertWithin(value, limits)
  return value
}

function decoded(line: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(line)
  } catch (error) {
    throw new ProtocolError<JsonLineRefusal>('not-json', 'a line is not UTF-8', { cause: error })
  }
}

/** Slower: `JSON.parse` rounds what does not fit a `number`. */
function readExactly(line: Uint8Array, limits: JsonLimits): ExactJson {
  const values: ExactJson[] = []
  let trouble: string | undefined
  const stream = new JsonStream(limits)
  const sink = {
    onValue: (value: ExactJson): void => void values.push(value),
    onTrouble: (what: string): void => void (trouble ??= what),
  }
  stream.push(line, sink)
  stream.push(Uint8Array.of(0x0a), sink)
  const [value] = values
  if (trouble !== undefined || value === undefined || values.length !== 1 || !stream.isEmpty) {
    throw new ProtocolError<JsonLineRefusal>(
      'not-json',
      `a line is not JSON: ${trouble ?? 'it is not one whole value'}`,
    )
  }
  return value
}

/** Level by level, so that no depth costs stack. */
function assertWithin(value: ExactJson, { depthMax, valuesMax }: JsonLimits): void {
  let level: readonly ExactJson[] = [value]
  let values = 0
  for (let depth = 0; level.length > 0; depth++) {
    values += level.length
    if (values > valuesMax)
      throw new ProtocolError<JsonLineRefusal>('too-deep', `a line has more than ${valuesMax} values`)
    const inner: ExactJson[] = []
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue
      if (depth >= depthMax)
        throw new ProtocolError<JsonLineRefusal>('too-deep', `a line is nested deeper than ${depthMax} levels`)
      for (const member of Object.values<ExactJson>(item)) inner.push(member)
    }
    level = inner
  }
}
