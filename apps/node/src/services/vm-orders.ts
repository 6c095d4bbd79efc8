import { commandNames, type CommandName, type JsonValue, type ProgressPiece } from '@flotilla/virtio-agent'
import type { EventStream } from '../http/event-stream.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { anything, object, oneOf, optional, table, text, usual, whole } from '../schema/building.ts'
import type { Schema } from '../schema/schema.ts'
import type { VmOrderEvent } from './vm-answers.ts'

/** What somebody wants done in a virtual machine. Its arguments are for the guest to judge. */
export interface WantedOrder {
  readonly vm: string
  readonly node?: string
  readonly command: CommandName
  readonly arguments: Readonly<Record<string, JsonValue>>
  readonly timeoutMs: number
}

const usualMs = 60_000
const said = text({ lengthMax: nodeLimitsDefaults.documentTextLengthMax })

export const orderDocument: Schema<WantedOrder> = object(
  {
    vm: { ...said, description: 'its name' },
    node: optional({ ...said, description: 'where it is, if two have that name' }),
    command: oneOf(commandNames),
    arguments: usual(table(anything<JsonValue>()), {}),
    timeoutMs: usual(whole({ least: 1, most: nodeLimitsDefaults.vmOrderMsMax }), usualMs),
  },
  { examples: [{ vm: 'web-1', command: 'service.restart', arguments: { name: 'nginx' } }] },
)

/** Hands output on as it comes; what a slow reader does not take is dropped, and counted. */
export class ProgressSending {
  readonly #events: EventStream<VmOrderEvent>
  #unsentBytes = 0
  #dropped = 0

  constructor(events: EventStream<VmOrderEvent>) {
    this.#events = events
  }

  get dropped(): number {
    return this.#dropped
  }

  send(piece: ProgressPiece): void {
    const bytes = piece.type === 'note' ? piece.text.length : piece.bytes.length
    if (this.#unsentBytes + bytes > nodeLimitsDefaults.vmProgressBytesMax) {
      this.#dropped++
      return
    }
    this.#unsentBytes += bytes
    this.#events.send(eventOf(piece))
    void this.#events.drained().then(() => (this.#unsentBytes = 0))
  }
}

function eventOf(piece: ProgressPiece): VmOrderEvent {
  if (piece.type === 'note') return { event: 'note', text: piece.text }
  return { event: 'output', stream: piece.stream, bytes: Buffer.from(piece.bytes).toString('base64') }
}
