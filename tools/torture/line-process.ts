import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Lab, LabProcess, Machine } from '@flotilla/core/testing/node'

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of what it wrote to its standard error. */
  readonly said: string
}

const saidLengthMax = 4_000
const nodeOptions = ['--max-semi-space-size=2', '--enable-source-maps']

/** A program of ours on a machine of the laboratory: lines in, lines out. */
export class LineProcess {
  readonly ended: Promise<Ending>
  readonly #child: LabProcess
  #said = ''

  constructor(lab: Lab, machine: Machine, program: URL, take: (line: string) => void) {
    this.#child = lab.run(machine, [process.execPath, ...nodeOptions, program.pathname])
    createInterface({ input: this.#child.stdout }).on('line', take)
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-saidLengthMax)
    })
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      said: this.#said,
    }))
  }

  write(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}
