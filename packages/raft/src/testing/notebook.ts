import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { ApplyContext, MachineKind, StateMachine } from '../state-machine.ts'
import type { LogMillis } from '../types.ts'

type NotebookMachine = StateMachine<string, number, string, string>
export type NotebookKind = MachineKind<string, number, string, string>

/**
 * A machine for tests that writes down all that happens to it, one line each, and answers with the number of the line.
 * A command is a text:
 * - `no …` is refused, after a line was written all the same;
 * - `in N …` has `tick` called N ms later;
 * - `say …` is told to whoever subscribed to `said`;
 * - `die …` breaks the machine with an error that is a bug;
 * - what is no UTF-8 is no command at all.
 *
 * The query `all` gives all lines, and a number that line.
 */
export function notebookKind(version: number = 1): NotebookKind {
  return {
    version,
    create: () => new Notebook({ lines: [], alarms: [] }),
    async restore(pieces, written) {
      const bytes: number[] = []
      for await (const piece of pieces) bytes.push(...piece)
      const state = JSON.parse(decodeText(Uint8Array.from(bytes))) as NotebookState
      if (state.version !== written) throw new ProtocolError('malformed', `it is of version ${state.version}`)
      return new Notebook(state)
    },
  }
}

interface NotebookState {
  readonly version?: number | undefined
  readonly lines: string[]
  readonly alarms: number[]
}

class Notebook implements NotebookMachine {
  readonly codecs: NotebookMachine['codecs'] = {
    command: { encode: encodeText, decode: decodeText },
    result: { encode: (number) => encodeText(String(number)), decode: (bytes) => Number(decodeText(bytes)) },
    query: { encode: encodeText, decode: decodeText },
    answer: { encode: encodeText, decode: decodeText },
  }
  readonly #lines: string[]
  #alarms: number[]

  constructor({ lines, alarms }: NotebookState) {
    this.#lines = lines
    this.#alarms = alarms
  }

  apply(command: string, context: ApplyContext): number {
    const { index, time, version } = context
    const number = this.#lines.push(`${index} at ${time} v${version}: ${command}`)
    const [verb, argument] = command.split(' ')
    if (verb === 'die') throw new TypeError(command)
    if (verb === 'no') throw new FlotillaError('refused-by-notebook', `not ${command}`, { hint: 'ask for another' })
    if (verb === 'in') this.#alarms.push(time + Number(argument))
    if (verb === 'say') context.emit('said', encodeText(command))
    return number
  }

  query(query: string): string {
    return query === 'all' ? this.#lines.join('\n') : (this.#lines[Number(query) - 1] ?? '')
  }

  deadline(): LogMillis {
    return Math.min(Infinity, ...this.#alarms) as LogMillis
  }

  tick({ index, time }: ApplyContext): void {
    const due = this.#alarms.filter((at) => at <= time)
    this.#alarms = this.#alarms.filter((at) => at > time)
    this.#lines.push(`${index} at ${time}: tick for ${due.join()}`)
  }

  snapshot(version?: number): Iterable<Uint8Array> {
    const state: NotebookState = { version, lines: this.#lines, alarms: this.#alarms }
    return [encodeText(JSON.stringify(state))]
  }
}

function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ProtocolError('malformed', 'this is no text', { cause })
  }
}
