/** Values by key: what is replicated here, and what etcd does with the same commands. */
import type { MachineKind, StateMachine } from '../src/state-machine.ts'

export interface Put {
  readonly key: string
  readonly value: Uint8Array
}

export type Registers = StateMachine<Put, undefined, string, Uint8Array>

const none = new Uint8Array(0)
const keyLengthMax = 255

/** A byte says how long the key is; then the key, then the value. */
const command: Registers['codecs']['command'] = {
  encode({ key, value }) {
    if (key.length > keyLengthMax) throw new Error(`a key is no longer than ${keyLengthMax}`)
    const bytes = Buffer.allocUnsafe(1 + key.length + value.length)
    bytes[0] = key.length
    bytes.write(key, 1, 'latin1')
    bytes.set(value, 1 + key.length)
    return bytes
  },
  decode(bytes) {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const start = 1 + (bytes[0] ?? 0)
    return { key: all.toString('latin1', 1, start), value: all.subarray(start) }
  },
}

export const registers: MachineKind<Put, undefined, string, Uint8Array> = {
  version: 1,
  create: () => machineOf(new Map()),
  async restore(pieces) {
    const values = new Map<string, Uint8Array>()
    for (const bytes of lines(Buffer.concat(await Array.fromAsync(pieces)))) {
      const { key, value } = command.decode(bytes)
      values.set(key, value)
    }
    return machineOf(values)
  },
}

function machineOf(values: Map<string, Uint8Array>): Registers {
  return {
    codecs: {
      command,
      result: { encode: () => none, decode: () => undefined },
      query: { encode: (key) => Buffer.from(key, 'latin1'), decode: text },
      answer: { encode: (value) => value, decode: (bytes) => bytes },
    },
    apply({ key, value }) {
      values.set(key, value)
    },
    query: (key) => values.get(key) ?? none,
    *snapshot() {
      for (const [key, value] of Array.from(values)) {
        const bytes = command.encode({ key, value })
        yield Uint8Array.of(bytes.length >> 8, bytes.length & 0xff)
        yield bytes
      }
    },
  }
}

function* lines(bytes: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt16BE(at)
    yield bytes.subarray(at + 2, at + 2 + length)
    at += 2 + length
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
