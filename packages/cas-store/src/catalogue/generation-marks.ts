const rowsPerPage = 4_096

/**
 * When each row was last touched, and whether it was marked since: four bytes a row, in memory only. Rows are numbered
 * from 1, with few gaps. A number may be used again for another row, which then begins with `add`.
 */
export class GenerationMarks {
  /** `2 * (generation + 1)`, and 1 more where it was marked in that generation; 0: not in this life. */
  readonly #pages = new Map<number, Uint32Array>()
  #generation = 0
  /** What to put back, in its order: rows and their values. */
  #undoing: number[] = []
  #undoingGeneration = 0

  /** From here on, what is done can be undone; what was done before stays. */
  begin(): void {
    this.#undoing = []
    this.#undoingGeneration = this.#generation
  }

  /** Otherwise a call that is made again would find that it had been made, and what hangs on its answer be lost. */
  undo(): void {
    for (let at = this.#undoing.length - 2; at >= 0; at -= 2) {
      const row = this.#undoing[at] as number
      this.#page(row)[row % rowsPerPage] = this.#undoing[at + 1] as number
    }
    this.#generation = this.#undoingGeneration
    this.begin()
  }

  /** A new life: nothing counts as touched. */
  clear(): void {
    this.#pages.clear()
    this.begin()
  }

  get generation(): number {
    return this.#generation
  }

  advance(): number {
    return ++this.#generation
  }

  /** A new row: touched, and not marked. */
  add(row: number): void {
    this.#set(row, this.#touched)
  }

  touch(row: number): void {
    if (this.#value(row) < this.#touched) this.#set(row, this.#touched)
  }

  /** Whether it had not been marked in this generation. */
  mark(row: number): boolean {
    const marked = this.#touched + 1
    if (this.#value(row) === marked) return false
    this.#set(row, marked)
    return true
  }

  wasTouchedFrom(row: number, generation: number): boolean {
    return this.#value(row) >= 2 * (generation + 1)
  }

  get #touched(): number {
    return 2 * (this.#generation + 1)
  }

  #value(row: number): number {
    return this.#pages.get(Math.floor(row / rowsPerPage))?.[row % rowsPerPage] ?? 0
  }

  #set(row: number, value: number): void {
    const page = this.#page(row)
    const at = row % rowsPerPage
    this.#undoing.push(row, page[at] as number)
    page[at] = value
  }

  #page(row: number): Uint32Array {
    const number = Math.floor(row / rowsPerPage)
    let page = this.#pages.get(number)
    if (page === undefined) this.#pages.set(number, (page = new Uint32Array(rowsPerPage)))
    return page
  }
}
