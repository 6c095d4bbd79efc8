/**
 * `NAME=value` lines, as in `/etc/os-release` and in what systemd writes about sessions: values may be in quotes of
 * either kind, within double quotes and without any a backslash takes the next character as it is.
 */
export function parseVariables(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  for (const line of text.split('\n')) {
    const found = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line)
    if (found?.[1] !== undefined) variables.set(found[1], unquoted((found[2] ?? '').trim()))
  }
  return variables
}

function unquoted(value: string): string {
  const quote = value[0]
  const isClosed = value.length >= 2 && value.endsWith(quote ?? '')
  if (quote === "'") return isClosed ? value.slice(1, -1) : value.slice(1)
  const inner = quote === '"' ? (isClosed ? value.slice(1, -1) : value.slice(1)) : value
  return inner.replace(/\\(.)/g, '$1')
}
