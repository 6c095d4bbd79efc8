import { ProtocolError } from '@flotilla/core/errors'

/** What one node asks another about. */
export type NeighbourQuestion =
  /** What the other answers somebody who may only look: a path of its API. */
  | { readonly type: 'value'; readonly address: string }
  /** What time it is there, and whether it reaches these addresses, which must be those of who asks. */
  | { readonly type: 'checkup'; readonly addresses: readonly string[] }

export interface NeighbourCheckup {
  readonly wallMs: number
  readonly dialled: readonly Dialled[]
}

export interface Dialled {
  readonly address: string
  /** `open`, or why not. */
  readonly outcome: string
}

export const neighbourLimits = {
  questionBytesMax: 16_384,
  addressLengthMax: 4_096,
  dialledMax: 8,
  outcomeLengthMax: 128,
} as const

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export function encodeMessage(message: object): Uint8Array {
  return encoder.encode(JSON.stringify(message))
}

export function decodeQuestion(bytes: Uint8Array): NeighbourQuestion {
  if (bytes.length > neighbourLimits.questionBytesMax) throw malformed('is too long')
  const said = decodeObject(bytes)
  const { type } = said
  if (type === 'value') {
    const { address } = said
    if (typeof address === 'string' && address.length <= neighbourLimits.addressLengthMax) return { type, address }
  }
  if (type === 'checkup') {
    const { addresses } = said
    if (isListOf(addresses, (each): each is string => typeof each === 'string' && each.length <= 64)) {
      return { type, addresses }
    }
  }
  throw malformed('is none that this version knows')
}

export function decodeCheckup(bytes: Uint8Array): NeighbourCheckup {
  const { wallMs, dialled } = decodeObject(bytes)
  if (typeof wallMs !== 'number' || !Number.isSafeInteger(wallMs)) throw malformed('has no time')
  if (!isListOf(dialled, isDialled)) throw malformed('does not say what was dialled')
  return { wallMs, dialled: dialled.map(({ address, outcome }) => ({ address, outcome })) }
}

/** What another node answered; whoever asked looks at what is in it. */
export function decodeObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(decoder.decode(bytes))
  } catch (error) {
    throw new ProtocolError('malformed', 'what another node said is no JSON', { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('is no object')
  return value as Readonly<Record<string, unknown>>
}

function isListOf<Value>(value: unknown, is: (each: unknown) => each is Value): value is readonly Value[] {
  return Array.isArray(value) && value.length <= neighbourLimits.dialledMax && value.every(is)
}

function isDialled(value: unknown): value is Dialled {
  if (typeof value !== 'object' || value === null || !('address' in value) || !('outcome' in value)) return false
  const { address, outcome } = value
  const isShort = (text: unknown): boolean => {
    return typeof text === 'string' && text.length <= neighbourLimits.outcomeLengthMax
  }
  return isShort(address) && isShort(outcome)
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('malformed', `what another node said ${what}`)
}
