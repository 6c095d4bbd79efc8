/** What is used of `/proc/PID/stat`, in the kernel's units. One object is filled again and again. */
export interface ProcessStat {
  pid: number
  /** The name stands between these, in the bytes that were read: it may hold anything, brackets and spaces too. */
  nameStart: number
  nameEnd: number
  /** The letter's code. */
  state: number
  parent: number
  /** Of the kernel's `task_struct`. */
  flags: number
  /** Of the whole process, user and system together. */
  processorTicks: number
  nice: number
  threads: number
  startTicks: number
  residentPages: number
}

export function emptyProcessStat(): ProcessStat {
  return {
    pid: 0,
    nameStart: 0,
    nameEnd: 0,
    state: 0,
    parent: 0,
    flags: 0,
    processorTicks: 0,
    nice: 0,
    threads: 0,
    startTicks: 0,
    residentPages: 0,
  }
}

const space = 0x20
const newline = 0x0a
const minus = 0x2d
const zero = 0x30
const open = 0x28
const close = 0x29

/** Of proc(5): the state is field 3, and the last one that we want is field 24, the resident pages. */
const firstNumberField = 4
const lastField = 24

/**
 * Reads the first `length` bytes of `/proc/PID/stat` into `into`, and returns whether they have that form; what is in
 * `into` otherwise means nothing. It makes no string and no object: it runs for every process at every collection.
 */
export function parseProcessStat(bytes: Uint8Array, length: number, into: ProcessStat): boolean {
  let at = 0
  let pid = 0
  while (at < length && isDigit(bytes[at] as number)) pid = pid * 10 + ((bytes[at++] as number) - zero)
  if (at === 0 || bytes[at] !== space || bytes[at + 1] !== open) return false
  // A name may hold brackets of its own, and only numbers follow it: so it ends with the last bracket.
  let end = length - 1
  while (end > at && bytes[end] !== close) end--
  if (end < at + 2 || end + 4 > length || bytes[end + 1] !== space || bytes[end + 3] !== space) return false
  into.pid = pid
  into.nameStart = at + 2
  into.nameEnd = end
  into.state = bytes[end + 2] as number
  return parseNumbers(bytes, length, end + 4, into)
}

function parseNumbers(bytes: Uint8Array, length: number, from: number, into: ProcessStat): boolean {
  let at = from
  let processorTicks = 0
  for (let field = firstNumberField; field <= lastField; field++) {
    const isNegative = bytes[at] === minus
    if (isNegative) at++
    const start = at
    let value = 0
    while (at < length && isDigit(bytes[at] as number)) value = value * 10 + ((bytes[at++] as number) - zero)
    const isEnded = at < length && (bytes[at] === space || bytes[at] === newline)
    if (at === start || !isEnded) return false
    at++
    switch (field) {
      case 4:
        into.parent = value
        break
      case 9:
        into.flags = value
        break
      case 14:
      case 15:
        processorTicks += value
        break
      case 19:
        into.nice = isNegative ? -value : value
        break
      case 20:
        into.threads = value
        break
      case 22:
        into.startTicks = value
        break
      case 24:
        into.residentPages = isNegative ? 0 : value
        break
    }
  }
  into.processorTicks = processorTicks
  return true
}

/** PF_KTHREAD of the kernel's `sched.h`. */
const kernelThreadFlag = 0x0020_0000

/** A thread of the kernel has no program and no memory of its own, and takes no signals. */
export function isKernelThread(stat: ProcessStat): boolean {
  return (stat.flags & kernelThreadFlag) !== 0
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= 0x39
}
