/** Prints what one guest costs a host in memory: `node --expose-gc memory-of-guests.ts [COUNT]`. */
import { bytesNow, hostedGuests } from './hosted-guests.ts'

const count = Number(process.argv[2] ?? '1000')
await using guests = await hostedGuests(count)
const { alive, resident } = bytesNow()
const each = (bytes: number): string => `${(bytes / count / 1_024).toFixed(1)} KiB`
const { alive: aliveBefore, resident: residentBefore } = guests.bytesBefore
console.log(
  `for each of ${count} guests ${each(alive - aliveBefore)} alive, ${each(resident - residentBefore)} resident`,
)
