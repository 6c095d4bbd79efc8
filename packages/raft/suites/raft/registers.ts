import type { Codec } from '@flotilla/core/codec'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { ApplyContext, MachineKind, StateMachine } from '../../src/state-machine.ts'
import type { Index, LogMillis } from '../../src/types.ts'

export type RegisterCommand = {
  /** Nobody else ever asks with this number: a machine that sees it twice at two places was cheated. */
  readonly id: number
  readonly key: string
  readonly value: number | null
  /** Only if the value is this. */
  readonly expected?: number | null
  /** Has the machine called so much later. */
  readonly alarmMs?: number
}

type Registers = StateMachine<RegisterCommand, boolean, string, number | null>
export type RegistersKind = MachineKind<RegisterCommand, boolean, string, number | null>

/** Sees what every machine does. */
export interface Onlooker {
  applied(index: Index, command: RegisterCommand, what: string): void
  restored(index: Index, what: string): void
}

/** What the suite's machine is at the moment; its bytes in a snapshot are JSON. */
interface State {
  values: Record<string, number | null>
  alarms: number[]
  /** Of everything that happened so far: two machines with different pasts never have the same. */
  chain: number
  last: { index: number; what: string }
  /** Since version 2. */
  alarmsRung?: number
}

export const newestVersion = 2

/**
 * Registers to write, compare-and-set and read. Whatever an application may depend on goes into a chain of hashes, so
 * that any difference between two replicas shows at the next command.
 */
export function registersKind(version: number, onlooker: Onlooker): RegistersKind {
  return {
    version,
    create: () =>
      new RegisterMachine({ values: {}, alarms: [], chain: 1, last: { index: 0, what: 'nothing' } }, onlooker),
    async restore(pieces, written) {
      const decoder = new TextDecoder()
      let text = ''
      for await (const piece of pieces) text += decoder.decode(piece, { stream: true })
      const state = JSON.parse(text) as State
      if ((state.alarmsRung === undefined) !== written < 2) {
        throw new ProtocolError('malformed', `this is no state of version ${written}`)
      }
      return new RegisterMachine(state, onlooker, true)
    },
  }
}

class RegisterMachine implements Registers {
  readonly codecs: Registers['codecs'] = { command: json(), result: json(), query: json(), answer: json() }
  readonly #state: State
  readonly #onlooker: Onlooker
  /** It came out of a snapshot, and was not used yet: it may be loaded only to see whether that can be done. */
  #isFresh: boolean

  constructor(state: State, onlooker: Onlooker, isRestored: boolean = false) {
    this.#state = state
    this.#onlooker = onlooker
    this.#isFresh = isRestored
  }

  apply(command: RegisterCommand, context: ApplyContext): boolean {
    const { id, key, value, expected, alarmMs } = command
    const { last } = this.#state
    if (this.#isFresh && last.index > 0) this.#onlooker.restored(last.index as Index, last.what)
    this.#isFresh = false
    const did = expected === undefined || (this.#state.values[key] ?? null) === expected
    if (did) this.#state.values[key] = value
    if (alarmMs !== undefined) this.#state.alarms.push(context.time + alarmMs)
    const what = `#${id} ${key}=${value} ${did} at ${context.time} v${context.version} chain ${this.#state.chain}`
    this.#link(what)
    this.#state.last = { index: context.index, what }
    this.#onlooker.applied(context.index, command, what)
    context.emit('changed', new Uint8Array(1))
    // Refusals are kept like results, and must not be forgotten or doubled either.
    if (id % 13 === 0 && expected === undefined)
      throw new FlotillaError('unlucky', `command ${id} has an unlucky number`)
    return did
  }

  query(key: string): number | null {
    return this.#state.values[key] ?? null
  }

  deadline(): LogMillis {
    return Math.min(Infinity, ...this.#state.alarms) as LogMillis
  }

  tick({ index, time, version }: ApplyContext): void {
    const left = this.#state.alarms.filter((at) => at > time)
    const rung = this.#state.alarms.length - left.length
    this.#state.alarms = left
    if (version >= 2) this.#state.alarmsRung = (this.#state.alarmsRung ?? 0) + rung
    this.#link(`${rung} alarms at ${index} at ${time} v${version}`)
  }

  snapshot(version: number = 1): Iterable<Uint8Array> {
    const { alarmsRung = 0, ...first } = this.#state
    const bytes = new TextEncoder().encode(JSON.stringify(version >= 2 ? { ...first, alarmsRung } : first))
    return [bytes.subarray(0, 10), bytes.subarray(10)]
  }

  #link(what: string): void {
    // FNV-1a.
    let chain = this.#state.chain
    for (let place = 0; place < what.length; place++)
      chain = Math.imul(chain ^ what.charCodeAt(place), 0x01000193) >>> 0
    this.#state.chain = chain
  }
}

function json<Value>(): Codec<Value> {
  return {
    encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
    decode(bytes) {
      try {
        return JSON.parse(new TextDecoder().decode(bytes)) as Value
      } catch (cause) {
        throw new ProtocolError('malformed', 'this is no JSON', { cause })
      }
    },
  }
}
