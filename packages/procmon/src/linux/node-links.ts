import { readFileSync } from 'node:fs'
import { isAbsent } from '../problems.ts'
import type { NetworkReading } from '../readings.ts'
import { parseWholeNumber } from './parsing/named-numbers.ts'
import type { NetworkCounters } from './parsing/network-devices.ts'

type Link = Pick<NetworkReading, 'isUp' | 'bitsPerSecond'>

/** IFF_UP of the kernel's `if.h`: somebody wants it up. */
const upFlag = 1

/** Whether interfaces are up, and how quick, which changes rarely: it is read once in a while. */
export class Links {
  readonly #folder: string
  readonly #everyMs: number
  #links = new Map<string, Link>()
  #readAtMs = -Infinity

  constructor(root: string, everyMs: number) {
    this.#folder = `${root}/sys/class/net`
    this.#everyMs = everyMs
  }

  read(devices: readonly NetworkCounters[], nowMs: number): readonly NetworkReading[] {
    const isDue = nowMs - this.#readAtMs >= this.#everyMs
    if (isDue) this.#readAtMs = nowMs
    const links = new Map<string, Link>()
    for (const { name } of devices) {
      links.set(name, (isDue ? undefined : this.#links.get(name)) ?? this.#read(name))
    }
    this.#links = links
    return devices.map((device) => ({ ...device, ...(links.get(device.name) as Link) }))
  }

  #read(name: string): Link {
    const state = this.#text(name, 'operstate')
    const flags = Number(this.#text(name, 'flags') ?? 0)
    // A loopback or a tunnel says `unknown` all its life.
    const isUp = (flags & upFlag) !== 0 && (state === 'up' || state === 'unknown')
    // Without a link drivers refuse to say, or say -1.
    const megabits = isUp ? parseWholeNumber(this.#text(name, 'speed') ?? '') : undefined
    return megabits === undefined || megabits <= 0 ? { isUp } : { isUp, bitsPerSecond: megabits * 1e6 }
  }

  #text(name: string, file: string): string | undefined {
    // The kernel lets nobody name an interface so.
    if (name.includes('/') || name === '..' || name === '.') return undefined
    try {
      // In UTF-8 Node reads a file at one go; for other encodings it asks for its size and makes a buffer first.
      return readFileSync(`${this.#folder}/${name}/${file}`, 'utf8').trim()
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }
}
