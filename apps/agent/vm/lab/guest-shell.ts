import { connect, type Socket } from 'node:net'
import { shellMark } from './guest-scripts.ts'

const answerMsMax = 120_000

/** A shell in the guest, beside the agent. One command at a time; each is one line. */
export class GuestShell implements Disposable {
  readonly #socket: Socket
  #heard = ''
  #changed: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#heard += text
      this.#changed()
    })
    socket.on('error', () => {}) // Whoever asks next gets no answer, and says so.
  }

  static async open(path: string): Promise<GuestShell> {
    const socket = connect(path)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new GuestShell(socket)
  }

  /** What the command printed on either stream. Rejects where it fails. */
  async run(line: string): Promise<string> {
    this.#heard = ''
    this.#socket.write(`${line}\n`)
    const answer = new RegExp(`^([^]*)${shellMark}(\\d+)\\n`)
    const [, output = '', status = ''] = await this.#until(answer, line)
    if (status !== '0') throw new Error(`${line} has ended with ${status} in the guest: ${output}`)
    return output
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  async #until(answer: RegExp, line: string): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
    const timer = setTimeout(() => reject(new Error(`the guest's shell does not answer: ${line}`)), answerMsMax)
    this.#changed = () => {
      const found = answer.exec(this.#heard)
      if (found !== null) resolve(found)
    }
    try {
      return await promise
    } finally {
      clearTimeout(timer)
    }
  }
}
