import { ProtocolError } from '@flotilla/core/errors'
import { namesMax } from './wire.ts'

/** The numbers that we gave to names of channels and topics on one connection. */
export class OutgoingNames {
  readonly #numbers = new Map<string, number>()
  readonly #names: string[] = []
  #next = 0

  /** The number of that name; `define` is told first when the far side does not know it. */
  numberOf(name: string, define: (number: number, name: string) => void): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const number = this.#next
    const former = this.#names[number]
    if (former !== undefined) this.#numbers.delete(former)
    this.#names[number] = name
    this.#numbers.set(name, number)
    this.#next = (number + 1) % namesMax
    define(number, name)
    return number
  }
}

/** The names that the far side gave numbers to. */
export class IncomingNames {
  readonly #names: (string | undefined)[] = []
  readonly #lengthMax: number

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax
  }

  /** Takes the definition that lies in these bytes. */
  define(number: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (number >= namesMax || length < 1 || length > this.#lengthMax) {
      throw new ProtocolError('malformed', `a name of ${length} characters gets the number ${number}`)
    }
    for (let at = start; at < end; at++) {
      const character = bytes[at] as number
      if (character < 0x21 || character > 0x7e) throw new ProtocolError('malformed', 'a name is not printable ASCII')
    }
    this.#names[number] = String.fromCharCode(...bytes.subarray(start, end))
  }

  nameOf(number: number): string {
    const name = this.#names[number]
    if (name === undefined) throw new ProtocolError('malformed', `no name has the number ${number}`)
    return name
  }
}
