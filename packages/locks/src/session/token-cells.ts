/** The token of one owner on one key: all its grants there share it, so that one that changes changes for all. */
export interface TokenCell {
  readonly token: number
  /** Tokens only rise, so what is told late changes nothing. */
  raise(token: number): void
  /** Asks the service what it is now, by one of those who hold the key. */
  learn(signal: AbortSignal | undefined): Promise<void>
  letGo(): void
}

/** A grant whose token is in a cell. */
export interface TokenUser {
  readonly isHeld: boolean
  /** Asks the service for the token, and raises that of the cell. */
  learnToken(signal: AbortSignal | undefined): Promise<void>
}

interface Cell {
  token: number
  readonly users: Set<TokenUser>
}

export class TokenCells {
  /** By owner and key; as many as the session has requests. */
  readonly #cells = new Map<string, Cell>()

  take(owner: string, key: string, user: TokenUser): TokenCell {
    const name = JSON.stringify([owner, key])
    const cell = this.#cells.get(name) ?? { token: 0, users: new Set() }
    this.#cells.set(name, cell)
    cell.users.add(user)
    return {
      get token() {
        return cell.token
      },
      raise(token) {
        cell.token = Math.max(cell.token, token)
      },
      async learn(signal) {
        await [...cell.users].find(({ isHeld }) => isHeld)?.learnToken(signal)
      },
      letGo: () => {
        if (cell.users.delete(user) && cell.users.size === 0) this.#cells.delete(name)
      },
    }
  }
}
