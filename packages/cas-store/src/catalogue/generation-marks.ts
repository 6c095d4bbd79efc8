const rowsPerPage = 4_096

/**
 * When each row was last touched, and whether it was marked since: four bytes a row, in memory only. Rows are numbered
 * from 1, with few gaps. A number may be used again for another row, which then begins with `begin`.
 */
export class GenerationMarks {
  /** `2 * (generation + 1)`, and 1 more where it was marked in that generation; 0: not in this life. */
  readonly #pages = new Map<number, Uint32Array>()
  #generation = 0

  get generation(): number {
    return this.#generation
  }

  advance(): number {
    return ++this.#generation
  }

  /** A new row: touched, and not marked. */
  begin(row: number): void {
    this.#page(row)[row % rowsPerPage] = this.#touched
  }

  touch(row: number): void {
    const page = this.#page(row)
    const at = row % rowsPerPage
    if ((page[at] as number) < this.#touched) page[at] = this.#touched
  }

  /** Whether it had not been marked in this generation. */
  mark(row: number): boolean {
    const page = this.#page(row)
    const at = row % rowsPerPage
    const marked = this.#touched + 1
    if (page[at] === marked) return false
    page[at] = marked
    return true
  }

  wasTouchedFrom(row: number, generation: number): boolean {
    const value = this.#pages.get(Math.floor(row / rowsPerPage))?.[row % rowsPerPage] ?? 0
    return value >= 2 * (generation + 1)
  }

  get #touched(): number {
    return 2 * (this.#generation + 1)
  }

  #page(row: number): Uint32Array {
    const number = Math.floor(row / rowsPerPage)
    let page = this.#pages.get(number)
    if (page === undefined) this.#pages.set(number, (page = new Uint32Array(rowsPerPage)))
    return page
  }
}
