/** `/etc/passwd`: names by their numbers; the first of a number counts. At most `usersMax` of them. */
export function parseUserNames(text: string, usersMax: number): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const line of text.split('\n')) {
    if (names.size >= usersMax) break
    const [name, , uid] = line.split(':', 3)
    if (!name || name.startsWith('#') || uid === undefined || !/^\d{1,10}$/.test(uid)) continue
    const number = Number(uid)
    if (!names.has(number)) names.set(number, name)
  }
  return names
}
