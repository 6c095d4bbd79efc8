import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { channelPattern, type GuestHost } from '../src/index.ts'
import { openGuestHost } from '../src/node.ts'

/** A host in this process, and its guests in another one. */
export interface HostedGuests extends AsyncDisposable {
  readonly host: GuestHost
  readonly count: number
  /** This process's memory before there was a host. */
  readonly bytesBefore: ReturnType<typeof bytesNow>
}

/** Resolves when all have been met, and have told their figures once. */
export async function hostedGuests(count: number): Promise<HostedGuests> {
  await using owned = new AsyncDisposableStack()
  // Not the bench's own folder: the path of a socket has little room.
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-vms-'))
  owned.defer(() => rm(folder, { recursive: true }))
  const program = join(import.meta.dirname, 'guest-town.ts')
  const child = spawn(process.execPath, [program, folder, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  owned.defer(async () => {
    child.stdin.end()
    await ended
  })
  await once(child.stdout, 'data')
  const bytesBefore = bytesNow()
  const patterns = [channelPattern(`${folder}/{vm}.sock`)]
  const host = owned.use(openGuestHost({ patterns, clock: nodeClock(), entropy: nodeEntropy() }))
  const isMet = (): boolean => {
    const vms = host.list()
    return vms.length === count && vms.every(({ metricsAtMs }) => metricsAtMs !== undefined)
  }
  while (!isMet()) await pause(50)
  const kept = owned.move()
  return { host, count, bytesBefore, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}

/** All that is alive, where garbage can be collected at will; and what the process takes of the machine. */
export function bytesNow(): { readonly alive: number; readonly resident: number } {
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { alive: heapUsed + external, resident: rss }
}
