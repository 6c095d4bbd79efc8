/** The cells of a table that virsh prints: those below its head and its line of dashes. */
export function tableIn(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const head = lines.findIndex((line) => /^-+$/.test(line.trim()))
  return lines.slice(head + 1).map((line) => line.trim().split(/\s+/))
}

/** Values by name, of lines as `user.count : 1`. */
export function valuesIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/^(\S+?)\s*: ?(.*)$/gm)].map(([, name = '', value = '']) => [name, value.trim()]),
  )
}
