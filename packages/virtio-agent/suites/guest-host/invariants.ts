import type { Invariant } from '@flotilla/sim'
import type { Estate } from './estate.ts'
import { keeperLimits, pieceBytesMax } from './settings.ts'

/** One connection for each machine and dialect: a socket of QEMU's admits one at a time. */
export function oneGateEach({ gates }: Estate): Invariant {
  return {
    sentence: 'A machine has one connection of each dialect at most.',
    check() {
      const seen = new Set<string>()
      for (const { machine, dialect } of gates) {
        const key = `${machine.name} ${dialect}`
        if (seen.has(key)) return `${key} has two`
        seen.add(key)
      }
      return undefined
    },
  }
}

export function fairShare({ gates }: Estate): Invariant {
  return {
    sentence: 'No machine is listened to beyond its share.',
    check() {
      const { burstBytesMax, bytesPerSecondMax } = keeperLimits
      for (const { machine, clock, connectedAt, bytes } of gates) {
        const lastedMs = clock.now() - connectedAt
        // The piece that is too much is seen, and not read.
        const most = burstBytesMax + (bytesPerSecondMax * lastedMs) / 1_000 + pieceBytesMax
        if (bytes > most) return `${machine.name} has sent ${bytes} in ${lastedMs} ms`
      }
      return undefined
    },
  }
}

export function boundedLines({ gates }: Estate): Invariant {
  return {
    sentence: 'Lines that do not end take no more than the room for all.',
    check() {
      let sum = 0
      for (const { unfinishedBytes } of gates) sum += Math.min(unfinishedBytes, keeperLimits.lineBytesMax)
      // Whoever has little of it is let be, even where the room is full.
      const most = keeperLimits.unfinishedBytesMax + gates.size * pieceBytesMax
      return sum > most ? `${sum} bytes of ${gates.size} connections` : undefined
    },
  }
}

export function metInTurn(estate: Estate): Invariant {
  return {
    sentence: 'Machines that are found at once are met one after the other.',
    check() {
      const { met, clock, begunAt } = estate
      if (clock === undefined) return undefined
      const lastedMs = clock.now() - begunAt
      const most = keeperLimits.metAtOnceMax + (keeperLimits.metPerSecondMax * lastedMs) / 1_000
      return met.size > most ? `${met.size} after ${lastedMs} ms` : undefined
    },
  }
}
