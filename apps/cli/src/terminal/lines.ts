import { styleText } from 'node:util'
import { safeText } from '@flotilla/core/text'

export type Tone = 'good' | 'careful' | 'bad' | 'quiet' | 'strong'

/** Text with a tone; whoever writes one need not think of terminals. */
type Piece = string | { readonly tone: Tone; readonly text: string }
export type Line = string | readonly Piece[]

const styles = { good: 'green', careful: 'yellow', bad: 'red', quiet: 'dim', strong: 'bold' } as const

/** The only way from a result to a terminal: everything is made safe here, and coloured after that. */
export function renderLines(lines: readonly Line[], colour: boolean): string {
  return lines.map((line) => (typeof line === 'string' ? [line] : line).map(render).join('')).join('\n')

  function render(piece: Piece): string {
    if (typeof piece === 'string') return safeText(piece)
    const text = safeText(piece.text)
    return colour ? styleText(styles[piece.tone], text, { validateStream: false }) : text
  }
}

/** Columns as wide as their widest cell; the last one is not padded, and the first of each row is quiet. */
export function columns(rows: readonly (readonly string[])[]): readonly Line[] {
  // Made safe first, since that changes how wide a cell is.
  const safe = rows.map((row) => row.map(safeText))
  const widths = safe.reduce<readonly number[]>(
    (most, row) => row.map((cell, index) => Math.max(cell.length, most[index] ?? 0)),
    [],
  )
  return safe.map((row) => [
    '  ',
    ...row.map((cell, index): Piece => {
      const text = index === row.length - 1 ? cell : `${cell.padEnd(widths[index] ?? 0)}  `
      return index === 0 ? { tone: 'quiet', text } : text
    }),
  ])
}
