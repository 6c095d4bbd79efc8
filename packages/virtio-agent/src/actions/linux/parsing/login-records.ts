export interface LoginRecord {
  readonly user: string
  readonly loginTimeSeconds: number
}

/** How the C library of this processor lays out its records; see `utmp(5)` and its `bits/utmp.h`. */
export interface LoginRecordLayout {
  /** With 64 bits for times, as on ARM and RISC-V; the other 64-bit processors keep those of their 32-bit ancestors. */
  readonly isWide: boolean
  readonly isBigEndian: boolean
}

const userProcess = 7
const userAt = 44
const userBytes = 32

/** Who is logged in by the bytes of `/run/utmp`. A record that is cut off is left out. */
export function parseLoginRecords(bytes: Uint8Array, { isWide, isBigEndian }: LoginRecordLayout): LoginRecord[] {
  const recordBytes = isWide ? 400 : 384
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: LoginRecord[] = []
  for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
    if (view.getInt16(at, !isBigEndian) !== userProcess) continue
    const name = bytes.subarray(at + userAt, at + userAt + userBytes)
    const end = name.indexOf(0)
    const user = new TextDecoder().decode(end === -1 ? name : name.subarray(0, end))
    const [seconds, microseconds] = isWide
      ? [Number(view.getBigInt64(at + 344, !isBigEndian)), Number(view.getBigInt64(at + 352, !isBigEndian))]
      : // Unsigned, so that they last until 2106.
        [view.getUint32(at + 340, !isBigEndian), view.getUint32(at + 344, !isBigEndian)]
    if (user !== '') records.push({ user, loginTimeSeconds: seconds + microseconds / 1e6 })
  }
  return records
}

/** Each user once, with the earliest login, as the original tells them. */
export function earliestLogins(records: readonly LoginRecord[]): readonly LoginRecord[] {
  const earliest = new Map<string, LoginRecord>()
  for (const record of records) {
    const known = earliest.get(record.user)
    if (known === undefined || record.loginTimeSeconds < known.loginTimeSeconds) earliest.set(record.user, record)
  }
  return [...earliest.values()]
}
