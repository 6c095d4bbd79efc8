import { viewOf } from './record-format.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The bytes are none that this program writes, though their checksum is right. */
export class MalformedPayload extends Error {
  override readonly name = 'MalformedPayload'
  readonly position: number

  constructor(position: number, what: string) {
    super(what)
    this.position = position
  }
}

/** A cursor over the payload of one record; throws `MalformedPayload`, and never reads beyond it. */
export class PayloadReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** 0 <= position <= bytes.length */
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = viewOf(bytes)
  }

  get left(): number {
    return this.bytes.length - this.position
  }

  u8(): number {
    return this.view.getUint8(this.take(1))
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true)
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true)
  }

  u64(): number {
    const at = this.take(8)
    const value = this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32
    return Number.isSafeInteger(value) ? value : this.fail('a number is too large')
  }

  text(): string {
    const length = this.u8()
    const at = this.take(length)
    try {
      return decoder.decode(this.bytes.subarray(at, at + length))
    } catch {
      return this.fail('a name is no UTF-8')
    }
  }

  /** Moves on, and returns from where. */
  take(length: number): number {
    const at = this.position
    if (length > this.bytes.length - at) this.fail('it ends early')
    this.position = at + length
    return at
  }

  fail(what: string): never {
    throw new MalformedPayload(this.position, what)
  }
}
