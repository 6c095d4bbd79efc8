import { AgentInGuest, type Contestant } from './contestant.ts'

/** How long a guest that nobody uses is kept for the next who might. */
const keepMs = 2_000

interface Lasting {
  readonly agent: Promise<AgentInGuest>
  end: NodeJS.Timeout | undefined
}

/** A guest for each contestant, booted when it is asked for, and used by one after the other. */
export class LastingGuests {
  readonly #guests = new Map<Contestant, Lasting>()

  async borrow(contestant: Contestant): Promise<AgentInGuest> {
    const known = this.#guests.get(contestant)
    clearTimeout(known?.end)
    const lasting = known ?? { agent: AgentInGuest.boot(contestant), end: undefined }
    this.#guests.set(contestant, lasting)
    try {
      return await lasting.agent
    } catch (error) {
      this.#guests.delete(contestant)
      throw error
    }
  }

  giveBack(contestant: Contestant): void {
    const lasting = this.#guests.get(contestant)
    if (lasting === undefined) return
    clearTimeout(lasting.end)
    lasting.end = setTimeout(() => void this.#end(contestant, lasting), keepMs)
  }

  async #end(contestant: Contestant, { agent }: Lasting): Promise<void> {
    this.#guests.delete(contestant)
    await (await agent)[Symbol.asyncDispose]()
  }
}
