import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'

/** Processes that do nothing, so many that there are `total` in all; started for the first who wants them. */
export class Sleepers {
  readonly #total: number
  #users = 0
  #started: Promise<readonly ChildProcess[]> | undefined

  constructor(total: number) {
    this.#total = total
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
    const children = Array.from({ length: Math.max(0, this.#total - processCount()) }, () =>
      spawn('sleep', ['86400'], { stdio: 'ignore' }),
    )
    await Promise.all(children.map((child) => once(child, 'spawn')))
    return children
  }
}

/** Threads of the kernel among them. */
function processCount(): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length
}
