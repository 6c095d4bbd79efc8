/** The token of one owner on one key: all its grants there share it, so that one that changes changes for all. */
export interface TokenCell {
  readonly token: number
  /** Tokens only rise, so what is told late changes nothing. */
  raise(token: number): void
  letGo(): void
}

interface Cell {
  token: number
  users: number
}

export class TokenCells {
  /** By owner and key; as many as the session has requests. */
  readonly #cells = new Map<string, Cell>()

  take(owner: string, key: string): TokenCell {
    const name = JSON.stringify([owner, key])
    const cell = this.#cells.get(name) ?? { token: 0, users: 0 }
    this.#cells.set(name, cell)
    cell.users++
    let isMine = true
    return {
      get token() {
        return cell.token
      },
      raise(token) {
        cell.token = Math.max(cell.token, token)
      },
      letGo: () => {
        if (isMine && --cell.users === 0) this.#cells.delete(name)
        isMine = false
      },
    }
  }
}
