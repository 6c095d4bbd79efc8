import type { IncomingMessage } from 'node:http'
import { ProtocolError } from '@flotilla/core/errors'
import { nodeLimitsDefaults } from '../limits.ts'

/** A JSON object that somebody posted, of which nothing is believed before it was looked at. */
export class RequestDocument {
  readonly #fields: ReadonlyMap<string, unknown>

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('it is no object')
    this.#fields = new Map(Object.entries(value))
  }

  /** To be called first: what nobody reads may be a misspelt name. */
  only(...names: readonly string[]): this {
    const unknown = [...this.#fields.keys()].find((name) => !names.includes(name))
    if (unknown === undefined) return this
    const shown = JSON.stringify(unknown.slice(0, 64))
    throw wrong(`it has a field ${shown}`, names.length === 0 ? 'send {}' : `there are ${names.join(', ')}`)
  }

  has(name: string): boolean {
    return this.#fields.has(name)
  }

  flag(name: string): boolean {
    const value = this.#fields.get(name)
    if (typeof value === 'boolean') return value
    throw wrong(`${name} is neither true nor false`)
  }

  text(name: string, lengthMax: number = nodeLimitsDefaults.documentTextLengthMax): string {
    const value = this.#fields.get(name)
    if (typeof value === 'string' && value.length <= lengthMax) return value
    throw wrong(`${name} is not a text of at most ${lengthMax} characters`)
  }

  /** A whole number. */
  whole(name: string, { least, most }: { readonly least: number; readonly most: number }): number {
    const value = this.#fields.get(name)
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    throw wrong(`${name} is not a whole number from ${least} to ${most}`)
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value {
    const found = values.find((value) => value === this.#fields.get(name))
    if (found !== undefined) return found
    throw wrong(`${name} is not one of ${values.join(', ')}`)
  }

  object(name: string): Readonly<Record<string, unknown>> {
    const value = this.#fields.get(name)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
    throw wrong(`${name} is no object`)
  }

  bytes(name: string): Uint8Array {
    const value = this.text(name, nodeLimitsDefaults.documentBytesMax)
    const bytes = Buffer.from(value, 'base64')
    // `Buffer` skips what is not base64.
    if (bytes.toString('base64') === value) return new Uint8Array(bytes)
    throw wrong(`${name} is not in base64`)
  }
}

export async function readDocument(
  request: IncomingMessage,
  documentBytesMax: number = nodeLimitsDefaults.documentBytesMax,
): Promise<RequestDocument> {
  return new RequestDocument(await readJson(request, documentBytesMax))
}

/** What somebody has posted, of which nothing is known but that it is JSON. */
export async function readJson(
  request: IncomingMessage,
  documentBytesMax: number = nodeLimitsDefaults.documentBytesMax,
): Promise<unknown> {
  const parts: Buffer[] = []
  let size = 0
  // What is left over of one that is too long is read and dropped by the server, so that the answer can be sent.
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  for await (const part of body) {
    size += part.length
    if (size > documentBytesMax) {
      throw new ProtocolError('long-document', 'the document is too long', {
        hint: `send at most ${documentBytesMax} bytes`,
      })
    }
    parts.push(part)
  }
  return parsed(Buffer.concat(parts).toString('utf8'))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ProtocolError('wrong-document', 'what was posted is not JSON', { hint: 'send an object', cause: error })
  }
}

function wrong(what: string, hint = 'see the documentation of this path'): ProtocolError {
  return new ProtocolError('wrong-document', `the document is wrong: ${what}`, { hint })
}
