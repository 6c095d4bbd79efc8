const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

/**
 * What could move a terminal's cursor, colour it or turn the writing direction is shown as its code point instead. Text
 * that is safe already stays as it is.
 */
export function safeText(text: string): string {
  return text.replace(unsafe, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** A JSON document; `JSON.stringify` leaves some characters alone that a terminal understands. */
export function safeJson(value: unknown, indent?: number): string {
  const lines = JSON.stringify(value, undefined, indent).split('\n')
  return lines.map((line) => line.replace(unsafe, escapedUnits)).join('\n')
}

function escapedUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }).join('')
}
