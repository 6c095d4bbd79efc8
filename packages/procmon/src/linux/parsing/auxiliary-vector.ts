/** What the kernel tells each program about the machine. */
export interface MachineUnits {
  readonly pageBytes: number
  readonly ticksPerSecond: number
}

/** Of nearly all machines; of those with larger pages the vector says so. */
export const usualUnits: MachineUnits = { pageBytes: 4_096, ticksPerSecond: 100 }

/** AT_PAGESZ and AT_CLKTCK of getauxval(3). */
const pageSizeKey = 6n
const ticksKey = 17n

/** `/proc/self/auxv` of a 64-bit machine: pairs of words, the low byte first, as on nearly all that Node runs on. */
export function parseAuxiliaryVector(bytes: Uint8Array): MachineUnits {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let { pageBytes, ticksPerSecond } = usualUnits
  for (let at = 0; at + 16 <= view.byteLength; at += 16) {
    const key = view.getBigUint64(at, true)
    const value = Number(view.getBigUint64(at + 8, true))
    if (key === pageSizeKey && isPageSize(value)) pageBytes = value
    if (key === ticksKey && value >= 1 && value <= 1_000_000) ticksPerSecond = value
  }
  return { pageBytes, ticksPerSecond }
}

function isPageSize(value: number): boolean {
  return value >= 512 && value <= 2 ** 24 && Number.isInteger(Math.log2(value))
}
