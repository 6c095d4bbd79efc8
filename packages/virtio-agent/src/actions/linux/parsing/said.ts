/** What `date '+%Z %z'` says: the zone's short name, and how far it is ahead of UTC. */
export function parseZone(text: string): { readonly zone?: string; readonly offsetSeconds: number } | undefined {
  const found = /^(\S{0,32}) ([+-])(\d{2})(\d{2})(\d{2})?\s*$/.exec(text)
  if (found === null) return undefined
  const [, zone = '', sign, hours, minutes, seconds = '0'] = found
  const offset = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)
  return { ...(zone === '' ? {} : { zone }), offsetSeconds: sign === '-' && offset > 0 ? -offset : offset }
}

/** What `fstrim -v` says, of util-linux or busybox. */
export function parseTrimmed(text: string): number | undefined {
  const found = /\((\d{1,15}) bytes\) trimmed/.exec(text) ?? /(\d{1,15}) bytes (?:were )?trimmed/.exec(text)
  return found === null ? undefined : Number(found[1])
}

export interface PasswordEntry {
  readonly user: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/** One user of `/etc/passwd`, or of what `getent passwd` says. */
export function parsePasswordEntry(text: string, wanted: string): PasswordEntry | undefined {
  for (const line of text.split('\n')) {
    const [user, , uid = '', gid = '', , home = ''] = line.split(':')
    if (user !== wanted || !/^\d{1,10}$/.test(uid) || !/^\d{1,10}$/.test(gid) || !home.startsWith('/')) continue
    return { user, uid: Number(uid), gid: Number(gid), home }
  }
  return undefined
}
