import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

const answerMsMax = 60_000

interface QmpAnswer {
  readonly return?: unknown
  readonly error?: { readonly class: string; readonly desc: string }
  readonly event?: string
}

/** QEMU's own control channel: pauses, resumes and resets the machine. One command at a time. */
export class Qmp implements Disposable {
  readonly #socket: Socket
  #answered: PromiseWithResolvers<unknown> | undefined
  readonly #onEvent: (event: string) => void

  private constructor(socket: Socket, onEvent: (event: string) => void) {
    this.#socket = socket
    this.#onEvent = onEvent
    createInterface({ input: socket }).on('line', (line) => this.#take(JSON.parse(line) as QmpAnswer))
    socket.on('error', (error) => this.#answered?.reject(error))
    socket.on('close', () => this.#answered?.reject(new Error('qemu has closed its control channel')))
  }

  static async open(path: string, onEvent: (event: string) => void): Promise<Qmp> {
    const socket = connect(path)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const qmp = new Qmp(socket, onEvent)
    await qmp.execute('qmp_capabilities')
    return qmp
  }

  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const answered = Promise.withResolvers<unknown>()
    this.#answered = answered
    const timer = setTimeout(() => answered.reject(new Error(`qemu does not answer ${command}`)), answerMsMax)
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`)
    try {
      return await answered.promise
    } finally {
      clearTimeout(timer)
      this.#answered = undefined
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #take(answer: QmpAnswer): void {
    if (answer.event !== undefined) this.#onEvent(answer.event)
    else if (answer.error !== undefined) this.#answered?.reject(new Error(answer.error.desc))
    else if ('return' in answer) this.#answered?.resolve(answer.return)
  }
}
