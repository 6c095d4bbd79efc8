/**
 * Text of foreign origin for a terminal: what could move its cursor, colour it or turn the writing direction is shown
 * as its code point instead.
 */
export function safeText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16)
    return `\\u{${code}}`
  })
}
