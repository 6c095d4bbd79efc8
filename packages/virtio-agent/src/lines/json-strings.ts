const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
const escape = /\\(u[0-9a-fA-F]{4}|[^u])/gs
const wrongEscape = /\\(?!["'\\/bfnrt]|u[0-9a-fA-F]{4})/

/** What stands between the quotes, or what is wrong with it. */
export function readString(raw: Uint8Array): { readonly text: string } | { readonly wrong: string } {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
  } catch {
    return { wrong: 'invalid UTF-8 sequence in string' }
  }
  if (!text.includes('\\')) return { text }
  // A pair of backslashes is taken out first, as the second of them begins nothing.
  if (wrongEscape.test(text.replaceAll('\\\\', ''))) return { wrong: 'invalid escape sequence in string' }
  return {
    text: text.replace(escape, (_, code: string) =>
      code.startsWith('u') ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
    ),
  }
}
