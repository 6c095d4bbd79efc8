import { writeSync } from 'node:fs'
import type { ReadStream, WriteStream } from 'node:tty'
import { keysIn, type Key } from './keys.ts'

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

const standardOutput = 1

export interface FullScreenOptions {
  readonly input: ReadStream
  readonly output: WriteStream
  readonly onKey: (key: Key) => void
  /** Everything is to be drawn anew, perhaps in another size. */
  readonly onResize: () => void
}

// The other screen, so that what was there before comes back; no cursor; no wrapping of long lines.
const enter = '\u001B[?1049h\u001B[?25l\u001B[?7l'
const leave = '\u001B[?7h\u001B[?25h\u001B[?1049l\u001B[0m'
// A terminal that knows this shows a frame at once, and others pass it over.
const frameBegins = '\u001B[?2026h'
const frameEnds = '\u001B[?2026l'

/** The whole terminal, for as long as it lasts; whatever ends the process, the terminal is as it was afterwards. */
export class FullScreen implements Disposable {
  readonly #options: FullScreenOptions
  /** What is on the screen, line by line. */
  #shown: readonly string[] = []
  #isOpen = false
  readonly #atExit = (): void => this.#close()
  readonly #onData = (bytes: Buffer): void => {
    for (const key of keysIn(bytes.toString('utf8'))) {
      if (key === 'ctrl-z') this.#suspend()
      else this.#options.onKey(key)
    }
  }
  readonly #onResize = (): void => {
    this.#shown = []
    this.#options.onResize()
  }
  readonly #onContinue = (): void => {
    this.#open()
    this.#onResize()
  }

  constructor(options: FullScreenOptions) {
    this.#options = options
    process.on('exit', this.#atExit)
    options.output.on('resize', this.#onResize)
    options.input.on('data', this.#onData)
    this.#open()
  }

  get size(): ScreenSize {
    const { columns, rows } = this.#options.output
    return { columns: columns || 80, rows: rows || 24 }
  }

  /** Lines with their colours in them, as wide as the screen at most; only those that have changed are written. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return
    const { rows } = this.size
    const next = Array.from({ length: rows }, (_, index) => lines[index] ?? '')
    const changed = next.flatMap((line, index) => {
      return line === this.#shown[index] ? [] : [`\u001B[${index + 1};1H${line}\u001B[0m\u001B[K`]
    })
    this.#shown = next
    if (changed.length > 0) this.#options.output.write(`${frameBegins}${changed.join('')}${frameEnds}`)
  }

  [Symbol.dispose](): void {
    const { input, output } = this.#options
    this.#close()
    input.off('data', this.#onData)
    input.pause()
    output.off('resize', this.#onResize)
    process.off('exit', this.#atExit)
    process.off('SIGCONT', this.#onContinue)
  }

  #open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#shown = []
    this.#options.input.setRawMode(true)
    this.#options.input.resume()
    this.#options.output.write(enter)
  }

  /** At once, since there may be no later. */
  #close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      this.#options.input.setRawMode(false)
      writeSync(standardOutput, leave)
    } catch {
      // The terminal has gone away.
    }
  }

  /** As the shell's Ctrl-Z is meant: the shell gets its terminal back as it was, and `fg` goes on here. */
  #suspend(): void {
    this.#close()
    process.once('SIGCONT', this.#onContinue)
    process.kill(process.pid, 'SIGTSTP')
  }
}
