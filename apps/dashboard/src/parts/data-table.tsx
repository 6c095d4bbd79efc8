import type { ComponentChildren, VNode } from 'preact'

export interface Column<Row> {
  readonly title: string
  readonly show: (row: Row) => ComponentChildren
  readonly isNumber?: boolean
  /** Left out where there is little room. */
  readonly isWide?: boolean
  /** By what the rows can be sorted, in the words of who sorts them. */
  readonly sort?: string
}

export interface Sorting {
  readonly by: string
  readonly isReversed: boolean
}

interface DataTableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly sorting?: Sorting
  readonly onSort?: (by: string) => void
  readonly isChosen?: (row: Row) => boolean
}

/** Rows of figures. It is scrolled by itself, so that the page never is wider than the screen. */
export function DataTable<Row>(props: DataTableProps<Row>): VNode {
  const { label, columns, rows, keyOf, isChosen } = props
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>{columns.map((column) => heading(column, props))}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} class={isChosen?.(row) === true ? 'chosen' : undefined}>
              {columns.map((column) => (
                <td key={column.title} class={classOf(column)}>
                  {column.show(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function heading<Row>(column: Column<Row>, { sorting, onSort }: DataTableProps<Row>): VNode {
  const { title, sort } = column
  if (sort === undefined || onSort === undefined) {
    return (
      <th key={title} scope="col" class={classOf(column)}>
        {title}
      </th>
    )
  }
  const direction = sorting?.by === sort ? (sorting.isReversed ? 'ascending' : 'descending') : undefined
  return (
    <th key={title} scope="col" class={classOf(column)} aria-sort={direction}>
      <button type="button" class="sort" onClick={() => onSort(sort)}>
        {title}
        <span aria-hidden="true">{direction === undefined ? '' : direction === 'descending' ? ' ↓' : ' ↑'}</span>
      </button>
    </th>
  )
}

function classOf<Row>({ isNumber, isWide }: Column<Row>): string | undefined {
  const names = [...(isNumber === true ? ['number'] : []), ...(isWide === true ? ['wide'] : [])]
  return names.length === 0 ? undefined : names.join(' ')
}
