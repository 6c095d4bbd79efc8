import type { WorldView } from '@flotilla/sim'

interface Entry {
  readonly host: string
  executed: number
  ended: number
  /** The host was told that it never ran. */
  isSaidUnrun: boolean
}

const sentences = {
  executedOnce: 'No command is executed twice.',
  answeredOnce: 'No command is answered twice.',
  ownAnswer: 'An answer is that of the command that was asked.',
  unrun: 'What was told as never run is never run.',
  bounded: 'No more commands run at once than the limits say.',
} as const

/** Every command that was ever asked for, as an onlooker sees it who sees both sides of the wall. */
export class Ledger {
  readonly #world: WorldView
  readonly #entries = new Map<number, Entry>()
  #lastTicket = 0
  #running = 0
  /** To know that something was tested. */
  executed = 0
  answered = 0

  constructor(world: WorldView) {
    this.#world = world
  }

  give(host: string): number {
    const ticket = ++this.#lastTicket
    this.#entries.set(ticket, { host, executed: 0, ended: 0, isSaidUnrun: false })
    return ticket
  }

  /** A program in the guest does it. */
  execute(ticket: number): void {
    this.executed++
    const entry = this.#entries.get(ticket)
    if (entry === undefined) return this.#world.fail(sentences.executedOnce, `${ticket} was never given`)
    if (++entry.executed > 1) this.#world.fail(sentences.executedOnce, `${ticket} of ${entry.host}`)
    if (entry.isSaidUnrun) this.#world.fail(sentences.unrun, `${ticket} of ${entry.host} runs later`)
  }

  begins(runningMax: number): void {
    if (++this.#running > runningMax) this.#world.fail(sentences.bounded, `${this.#running} of ${runningMax}`)
  }

  ends(): void {
    this.#running--
  }

  /** The guest is another one, in which nothing runs. */
  crash(): void {
    this.#running = 0
  }

  /** `answered`: which command it says that it was. */
  end(ticket: number, ending: { readonly answered?: unknown; readonly mayHaveRun: boolean }): void {
    const entry = this.#entries.get(ticket)
    if (entry === undefined) return this.#world.fail(sentences.answeredOnce, `${ticket} was never given`)
    if (++entry.ended > 1) this.#world.fail(sentences.answeredOnce, `${ticket} of ${entry.host}`)
    if (ending.answered !== undefined) {
      this.answered++
      if (ending.answered !== ticket) {
        this.#world.fail(sentences.ownAnswer, `${ticket} was answered with ${JSON.stringify(ending.answered)}`)
      }
    }
    if (ending.mayHaveRun) return
    entry.isSaidUnrun = true
    if (entry.executed > 0) this.#world.fail(sentences.unrun, `${ticket} of ${entry.host} has run`)
  }

  /** What the host of that name waited for, nobody waits for any more. */
  forget(host: string): void {
    for (const entry of this.#entries.values()) if (entry.host === host && entry.ended === 0) entry.ended = 1
  }

  /** The oldest command that has not ended. */
  open(): number | undefined {
    for (const [ticket, { ended }] of this.#entries) if (ended === 0) return ticket
    return undefined
  }
}
