import { connect, type Socket } from 'node:net'

const answerMsMax = 90_000
const againMs = 2_000

/** The host's end of a port as plain as it can be: lines of text. */
export class LineClient implements AsyncDisposable {
  readonly #socket: Socket
  #heard = ''
  #changed: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#heard += text
      this.#changed()
    })
    socket.on('error', () => {}) // Whoever waits for a line is told that there is none.
    socket.on('close', () => this.#changed())
  }

  static async open(path: string): Promise<LineClient> {
    const socket = connect(path)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new LineClient(socket)
  }

  send(text: string): void {
    this.#socket.write(text, 'latin1')
  }

  /** Stops to read, as a host that hangs. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** The next line that fits; those before it are gone. */
  async line(fits: (line: string) => boolean = () => true): Promise<string> {
    const end = performance.now() + answerMsMax
    for (;;) {
      for (let at = this.#heard.indexOf('\n'); at >= 0; at = this.#heard.indexOf('\n')) {
        const line = this.#heard.slice(0, at)
        this.#heard = this.#heard.slice(at + 1)
        if (fits(line)) return line
      }
      if (this.#socket.closed || performance.now() > end) throw new Error(`no such line came; left: ${this.#heard}`)
      await this.#more(end - performance.now())
    }
  }

  async ask(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.send(`${JSON.stringify({ execute: command, arguments: args })}\n`)
    return JSON.parse(await this.line())
  }

  /** Whatever an earlier host has left is read away, as libvirt does it: each try has another number. */
  async synchronise(): Promise<void> {
    let id = Math.floor(performance.now())
    const command = (): string => `${JSON.stringify({ execute: 'guest-sync', arguments: { id: ++id } })}\n`
    // Answers come in order, so what comes after that to the last try is for us.
    await this.insist(command, (line) => isAnswer(line, id))
  }

  /**
   * Sends it again and again until a line comes that fits. A guest that opens its port anew throws away what came
   * before that, so every host has to begin like this.
   */
  async insist(text: () => string, fits: (line: string) => boolean): Promise<string> {
    this.send(text())
    const timer = setInterval(() => this.send(text()), againMs)
    try {
      return await this.line(fits)
    } finally {
      clearInterval(timer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = Promise.withResolvers<void>()
    this.#socket.once('close', () => closed.resolve())
    if (this.#socket.closed) return
    this.#socket.destroy()
    await closed.promise
  }

  #more(patienceMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, patienceMs)
    this.#changed = () => {
      clearTimeout(timer)
      resolve()
    }
    return promise
  }
}

/** Programs differ in the spaces that they write. What an earlier host has left need not be whole. */
function isAnswer(line: string, id: number): boolean {
  return line.replaceAll(' ', '').endsWith(JSON.stringify({ return: id }))
}
