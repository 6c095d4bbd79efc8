import { safeText } from '@flotilla/core/text'

const combining = /\p{M}|\p{Default_Ignorable_Code_Point}/u
/** Of which terminals make two columns: the scripts of East Asia, full-width forms, pictures. */
const wideRanges: readonly (readonly [from: number, to: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
]

/** Columns that a terminal gives it; of what is not plain it is the usual width, since terminals differ. */
export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += widthOfCharacter(character)
  return width
}

/** Exactly so many columns of it, made safe: cut where it is longer, with blanks where it is shorter. */
export function fitted(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const safe = cut(safeText(text), width)
  const blanks = ' '.repeat(Math.max(0, width - widthOf(safe)))
  return side === 'left' ? safe + blanks : blanks + safe
}

/** At most so many columns of what is safe already; where it is cut the last one says so. */
function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width <= 0) return ''
  let kept = ''
  let used = 0
  for (const character of text) {
    const more = widthOfCharacter(character)
    if (used + more > width - 1) break
    kept += character
    used += more
  }
  return `${kept}…${' '.repeat(width - 1 - used)}`
}

function widthOfCharacter(character: string): number {
  if (combining.test(character)) return 0
  const code = character.codePointAt(0) ?? 0
  return wideRanges.some(([from, to]) => code >= from && code <= to) ? 2 : 1
}
