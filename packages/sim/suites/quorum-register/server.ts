import { diskPath } from '@flotilla/core/disk'
import type { Host } from '@flotilla/sim'
import { decode, encode, isNewer, type Answer, type Request, type Stored } from './messages.ts'

const path = diskPath('register.json')

/** Keeps the newest value that it was told, on disk before it says so. */
export async function startServer({ network, disk }: Host): Promise<AsyncDisposable> {
  const bytes = await disk.read(path)
  let stored: Stored = bytes === undefined ? { round: 0, writer: '', value: null } : (decode(bytes) as Stored)
  /** Writes go one after the other, so that an older value never lands on a newer one. */
  let writing: Promise<unknown> = Promise.resolve()

  const keep = async (offered: Stored): Promise<void> => {
    if (!isNewer(offered, stored)) return
    await disk.replace(path, encode(offered))
    stored = offered
  }
  return network.open('quorum-register', {
    request: async ({ payload }) => {
      const request = decode(payload) as Request
      if (request.type === 'store') {
        const mine = writing.then(() => keep(request.stored))
        writing = mine.catch(() => undefined)
        await mine
      }
      return encode({ stored } satisfies Answer)
    },
  })
}
