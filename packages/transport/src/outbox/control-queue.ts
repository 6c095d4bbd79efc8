import { helloCodec, type Hello } from '../connection/hello.ts'
import { frameHeadBytes, wireKind } from '../frames/wire.ts'
import { putU24, putU32, putU48 } from '../frames/numbers.ts'

const firstBytes = 128

/** What must not wait: heartbeats, and what lets the far side go on with its streams. All of them are short. */
export class ControlQueue {
  #bytes: Uint8Array = new Uint8Array()
  #end = 0

  get queuedBytes(): number {
    return this.#end
  }

  /** Before anything else goes the greeting. */
  hello(hello: Hello): void {
    const encoded = helloCodec.encode(hello)
    const at = this.#begin(wireKind.hello, encoded.byteLength)
    this.#bytes.set(encoded, at)
  }

  beat(kind: 'ping' | 'pong', number: number): void {
    const at = this.#begin(wireKind[kind], 4)
    putU32(this.#bytes, at, number)
  }

  credit(stream: number, room: number): void {
    const at = this.#begin(wireKind['stream-credit'], 10)
    putU48(this.#bytes, at, stream)
    putU32(this.#bytes, at + 6, room)
  }

  read(stream: number): void {
    const at = this.#begin(wireKind['stream-read'], 6)
    putU48(this.#bytes, at, stream)
  }

  take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#end)
    this.#bytes = new Uint8Array()
    this.#end = 0
    return bytes
  }

  #begin(kind: number, body: number): number {
    const at = this.#end
    const end = at + frameHeadBytes + body
    if (end > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(firstBytes, end, 2 * this.#bytes.byteLength))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
    }
    this.#end = end
    this.#bytes[at] = kind
    putU24(this.#bytes, at + 1, body)
    return at + frameHeadBytes
  }
}
