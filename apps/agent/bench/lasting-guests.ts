import { AgentInGuest, type Contestant } from './contestant.ts'

/** How long guests that nobody uses are kept for the next who might. */
const keepMs = 2_000

/** A guest for each contestant, booted when it is asked for, and used by one after the other. */
export class LastingGuests {
  readonly #guests = new Map<Contestant, Promise<AgentInGuest>>()
  #borrowed = 0
  #end: NodeJS.Timeout | undefined

  async borrow(contestant: Contestant): Promise<AgentInGuest> {
    clearTimeout(this.#end)
    const guest = this.#guests.get(contestant) ?? AgentInGuest.boot(contestant)
    this.#guests.set(contestant, guest)
    this.#borrowed++
    try {
      return await guest
    } catch (error) {
      this.#guests.delete(contestant)
      this.giveBack()
      throw error
    }
  }

  /** None of them ends while one is in use: the next figure needs both again. */
  giveBack(): void {
    this.#borrowed--
    if (this.#borrowed === 0) this.#end = setTimeout(() => void this.#endAll(), keepMs)
  }

  async #endAll(): Promise<void> {
    const guests = [...this.#guests.values()]
    this.#guests.clear()
    for (const guest of guests) await (await guest)[Symbol.asyncDispose]()
  }
}
