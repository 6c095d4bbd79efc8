const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

/**
 * Text of foreign origin for a terminal: what could move its cursor, colour it or turn the writing direction is shown
 * as its code point instead.
 */
export function safeText(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16)
    return `\\u{${code}}`
  })
}

/** `JSON.stringify` leaves some characters alone that a terminal understands. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${hex(character.charCodeAt(index))}`).join(''),
  )
}

function hex(unit: number): string {
  return unit.toString(16).padStart(4, '0')
}
