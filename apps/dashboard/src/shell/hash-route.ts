/** Where in the page somebody is: what stands behind the `#`, as `#/processes?sort=memory`. */
export interface HashRoute {
  /** Without a slash at its ends; empty at the beginning. Decoded. */
  readonly parts: readonly string[]
  readonly query: URLSearchParams
}

export function parseRoute(hash: string): HashRoute {
  const text = hash.replace(/^#?\/?/, '')
  const [path, query] = splitOnce(text, '?')
  const parts = path.split('/').filter((part) => part !== '')
  return { parts: parts.map(decoded), query: new URLSearchParams(query) }
}

/** As `parseRoute` reads it. What is empty or undefined is left out of the query. */
export function routeHref(parts: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const wanted = Object.entries(query).filter((entry): entry is [string, string] => (entry[1] ?? '') !== '')
  const text = new URLSearchParams(wanted).toString()
  return `#/${parts.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`
}

/** Somebody may have written it by hand. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
