import { ProtocolError } from '@flotilla/core/errors'
import { safeText } from '@flotilla/core/text'

/**
 * What each side says of the other as soon as it has looked at its certificate. In TLS 1.3 the dialling side has
 * finished its handshake before the other one has seen its certificate, and an alert cannot carry a sentence; so a link
 * exists when both have said `undefined`, which means welcome.
 */
export type Verdict = { readonly refusal: string | undefined }

const welcomeByte = 1
const refusedByte = 0
/** Its length has to fit into a byte. */
const refusalBytesMax = 255
const headBytes = 2

export function encodeVerdict({ refusal }: Verdict): Uint8Array {
  if (refusal === undefined) return Uint8Array.of(welcomeByte)
  const sentence = new Uint8Array(refusalBytesMax)
  const { written } = new TextEncoder().encodeInto(refusal, sentence)
  return Uint8Array.of(refusedByte, written, ...sentence.subarray(0, written))
}

/** Takes a verdict off the beginning of a stream of bytes. */
export class VerdictReader {
  #held: Uint8Array = new Uint8Array(0)

  /** Undefined while bytes are missing. `rest` are those after it. Throws `malformed`. */
  push(bytes: Uint8Array): (Verdict & { readonly rest: Uint8Array }) | undefined {
    // Never more than a verdict and one piece: what is held is shorter than a verdict.
    this.#held = this.#held.length === 0 ? bytes : Uint8Array.from([...this.#held, ...bytes])
    const [kind, length] = this.#held
    if (kind === undefined) return undefined
    if (kind === welcomeByte) return { refusal: undefined, rest: this.#held.subarray(1) }
    if (kind !== refusedByte) {
      throw new ProtocolError('malformed', 'the far end does not say whether we are welcome', {
        hint: 'it may run a version that this one does not know',
      })
    }
    if (length === undefined || this.#held.length < headBytes + length) return undefined
    const text = new TextDecoder().decode(this.#held.subarray(headBytes, headBytes + length))
    return { refusal: safeText(text), rest: this.#held.subarray(headBytes + length) }
  }
}
