import { checkAuditLog, openAuditLog, type AuditLog, type AuditReport } from '@flotilla/core/audit'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { diskPath } from '@flotilla/core/disk'
import { nodeDisk } from '@flotilla/core/disk/node'
import type { Clock } from '@flotilla/core/time'
import { guestAuditFiles } from './limits.ts'

const inDisk = 'audit'

export async function checkAuditIn(folder: string): Promise<AuditReport> {
  await using disk = await nodeDisk({ folder })
  return await checkAuditLog({ disk, folder: diskPath(inDisk), crypto: nodeCrypto(), limits: guestAuditFiles })
}

/** With its disk, which goes with it. */
export async function auditLogIn(folder: string, clock: Clock): Promise<AuditLog> {
  const disk = await nodeDisk({ folder })
  try {
    const log = await openAuditLog({
      disk,
      folder: diskPath(inDisk),
      crypto: nodeCrypto(),
      clock,
      limits: guestAuditFiles,
    })
    return {
      write: (entry) => log.write(entry),
      async [Symbol.asyncDispose]() {
        await log[Symbol.asyncDispose]()
        await disk[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await disk[Symbol.asyncDispose]()
    throw error
  }
}
