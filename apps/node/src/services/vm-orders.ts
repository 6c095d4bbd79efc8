import { commandNames, type CommandName, type JsonValue, type ProgressPiece } from '@flotilla/virtio-agent'
import type { EventStream } from '../http/event-stream.ts'
import type { RequestDocument } from '../http/request-document.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import type { VmOrderEvent } from './vm-answers.ts'

export interface WantedOrder {
  readonly vm: string
  readonly node: string | undefined
  readonly command: CommandName
  readonly arguments: Readonly<Record<string, JsonValue>>
  readonly timeoutMs: number
}

const usualMs = 60_000

/** What somebody wants done in a virtual machine. Its arguments are for the guest to judge. */
export function orderIn(document: RequestDocument): WantedOrder {
  document.only('vm', 'node', 'command', 'arguments', 'timeoutMs')
  const most = nodeLimitsDefaults.vmOrderMsMax
  return {
    vm: document.text('vm'),
    node: document.has('node') ? document.text('node') : undefined,
    command: document.oneOf('command', commandNames),
    // It came as JSON.
    arguments: (document.has('arguments') ? document.object('arguments') : {}) as Readonly<Record<string, JsonValue>>,
    timeoutMs: document.has('timeoutMs') ? document.whole('timeoutMs', { least: 1, most }) : usualMs,
  }
}

/** Hands output on as it comes; what a slow reader does not take is dropped, and counted. */
export class ProgressSending {
  readonly #events: EventStream
  #unsentBytes = 0
  #dropped = 0

  constructor(events: EventStream) {
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
