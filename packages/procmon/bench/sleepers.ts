import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'

/** Processes that do nothing, started for the first who wants them and ended for the last. */
export class Sleepers {
  readonly #count: number
  #users = 0
  #started: Promise<readonly ChildProcess[]> | undefined

  constructor(count: number) {
    this.#count = count
  }

  async acquire(): Promise<void> {
    this.#users++
    this.#started ??= this.#start()
    await this.#started
  }

  async release(): Promise<void> {
    if (--this.#users > 0 || this.#started === undefined) return
    const children = await this.#started
    this.#started = undefined
    const ends = children.map((child) => once(child, 'exit'))
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(ends)
  }

  async #start(): Promise<readonly ChildProcess[]> {
    const children = Array.from({ length: this.#count }, () => spawn('sleep', ['86400'], { stdio: 'ignore' }))
    await Promise.all(children.map((child) => once(child, 'spawn')))
    return children
  }
}

/** All processes of the machine, as the table's heading is to say. */
export function processCount(): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length
}
