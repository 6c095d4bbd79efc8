import type { Page } from '../../catalogue/contract.ts'

/** All rows, page by page, one page in memory. */
export async function* rowsOf<Row, After>(
  read: (page: Page<After>) => Promise<readonly Row[]>,
  options: { readonly limit: number; readonly placeOf: (row: Row) => After },
): AsyncGenerator<Row, undefined> {
  const { limit, placeOf } = options
  let after: After | undefined
  for (;;) {
    const rows = await read(after === undefined ? { limit } : { after, limit })
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) return undefined
    after = placeOf(last)
  }
}

/** Looks ahead by one, so that several sorted sequences can be walked together. */
export class Peekable<Row> {
  readonly #rows: AsyncGenerator<Row, undefined>
  #next: Row | undefined
  #isRead = false

  constructor(rows: AsyncGenerator<Row, undefined>) {
    this.#rows = rows
  }

  async peek(): Promise<Row | undefined> {
    if (this.#isRead) return this.#next
    const { value } = await this.#rows.next()
    this.#isRead = true
    this.#next = value
    return value
  }

  async take(): Promise<Row | undefined> {
    const row = await this.peek()
    this.#isRead = false
    return row
  }
}
