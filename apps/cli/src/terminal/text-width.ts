import { safeText } from '@flotilla/core/text'

const combining = /\p{M}|\p{Default_Ignorable_Code_Point}/u
const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1FAFF}]|[\u{20000}-\u{3FFFD}]/u

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
  return wide.test(character) ? 2 : 1
}
