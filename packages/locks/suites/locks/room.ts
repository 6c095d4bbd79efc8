/** Somebody who works under a lock, as an onlooker sees it who knows nothing of tokens. */
export interface Guest {
  readonly client: string
  readonly key: string
  isExclusive: boolean
  /** Somebody else worked here meanwhile who cannot have been here together with this one. */
  overtakenBy: string | undefined
}

const sentence = 'Who works under a lock excludes who must be excluded, whatever the tokens say.'

/** What the locks protect. Two exclude each other if one of them is exclusive. */
export class Room {
  readonly #guests = new Map<string, Set<Guest>>()
  readonly #fail: (sentence: string, detail: string) => void
  /** How often somebody worked, to know that something was tested. */
  touches = 0

  constructor(fail: (sentence: string, detail: string) => void) {
    this.#fail = fail
  }

  enter(client: string, key: string, isExclusive: boolean): Guest {
    const guest: Guest = { client, key, isExclusive, overtakenBy: undefined }
    const guests = this.#guests.get(key) ?? new Set()
    this.#guests.set(key, guests.add(guest))
    this.touch(guest)
    return guest
  }

  /**
   * It works here, having looked at its signal just before. Whoever is overtaken and works again believed all the while
   * that it held the lock; one that was paused or cut off, and has been told before it works again, does not.
   */
  touch(guest: Guest): void {
    this.touches++
    if (guest.overtakenBy !== undefined) {
      this.#fail(sentence, `${guest.client} works in ${guest.key} though ${guest.overtakenBy} does`)
    }
    for (const other of this.#guests.get(guest.key) ?? []) {
      if (other === guest || !(other.isExclusive || guest.isExclusive)) continue
      other.overtakenBy ??= guest.client
    }
  }

  leave(guest: Guest): void {
    this.#guests.get(guest.key)?.delete(guest)
  }

  leaveAll(client: string): void {
    for (const guests of this.#guests.values()) {
      for (const guest of guests) if (guest.client === client) guests.delete(guest)
    }
  }
}
