import { createHash } from 'node:crypto'
import { boolean, createCodec, nullable, object, string, union, type Schema } from '@flotilla/core/codec'
import { unreachable } from '@flotilla/core/errors'
import type { MachineKind, StateMachine } from '@flotilla/raft'

export type RegisterCommand =
  | { readonly type: 'write'; readonly key: string; readonly value: string }
  /** Writes if the value is `expected`, null before the first write. */
  | { readonly type: 'swap'; readonly key: string; readonly expected: string | null; readonly value: string }

export interface RegisterResult {
  /** False where a swap found another value. */
  readonly done: boolean
}

export type RegisterQuery =
  | { readonly type: 'read'; readonly key: string }
  /** Something that is equal on all nodes that have applied the same. */
  | { readonly type: 'digest' }

export interface RegisterAnswer {
  /** Null before the first write. */
  readonly value: string | null
}

type Registers = StateMachine<RegisterCommand, RegisterResult, RegisterQuery, RegisterAnswer>

const text: Schema<string> = string({ bytesMax: 256 })
const command: Schema<RegisterCommand> = union({
  write: object({ key: text, value: text }),
  swap: object({ key: text, expected: nullable(text), value: text }),
})
const query: Schema<RegisterQuery> = union({ read: object({ key: text }), digest: object({}) })

const codecs: Registers['codecs'] = {
  command: createCodec({ name: 'register command', schema: command }),
  result: createCodec({ name: 'register result', schema: object({ done: boolean() }) }),
  query: createCodec({ name: 'register query', schema: query }),
  answer: createCodec({ name: 'register answer', schema: object({ value: nullable(text) }) }),
}

export const registers: MachineKind<RegisterCommand, RegisterResult, RegisterQuery, RegisterAnswer> = {
  version: 1,
  create: () => machineOf(new Map(), 0),
  async restore(pieces) {
    const { values, applied } = JSON.parse(Buffer.concat(await Array.fromAsync(pieces)).toString()) as {
      readonly values: readonly (readonly [string, string])[]
      readonly applied: number
    }
    return machineOf(new Map(values), applied)
  },
}

/** `applied` counts every command, so that one that was applied twice somewhere is seen even if it changed nothing. */
function machineOf(values: Map<string, string>, applied: number): Registers {
  return {
    codecs,
    apply(asked) {
      applied++
      const done = asked.type === 'write' || (values.get(asked.key) ?? null) === asked.expected
      if (done) values.set(asked.key, asked.value)
      return { done }
    },
    query(asked) {
      switch (asked.type) {
        case 'read':
          return { value: values.get(asked.key) ?? null }
        case 'digest':
          return { value: `${applied} ${createHash('sha256').update(contentOf(values, applied)).digest('hex')}` }
        default:
          return unreachable(asked, 'register query')
      }
    },
    snapshot: () => [Buffer.from(contentOf(values, applied))],
  }
}

function contentOf(values: ReadonlyMap<string, string>, applied: number): string {
  return JSON.stringify({ values: [...values], applied })
}
