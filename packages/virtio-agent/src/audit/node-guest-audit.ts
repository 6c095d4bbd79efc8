import { checkAuditLog, openAuditLog, type AuditLog, type AuditReport } from '@flotilla/core/audit'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { diskPath } from '@flotilla/core/disk'
import { nodeDisk } from '@flotilla/core/disk/node'
import type { Clock } from '@flotilla/core/time'
import { guestAudit, type GuestAudit, type GuestAuditOptions } from './guest-audit.ts'
import { guestAuditFiles } from './limits.ts'

const folderInDisk = diskPath('audit')

/** The audit log in a folder of this machine, which is touched when the first record is there. */
export function openGuestAudit(
  options: Omit<GuestAuditOptions, 'open'> & { readonly folder: string; readonly clock: Clock },
): GuestAudit {
  return guestAudit({ ...options, open: () => logIn(options.folder, options.clock) })
}

/** Reads the whole log; rejects with `in-use` while an agent runs. */
export async function checkGuestAudit(folder: string): Promise<AuditReport> {
  await using disk = await nodeDisk({ folder })
  return await checkAuditLog({ disk, folder: folderInDisk, crypto: nodeCrypto(), limits: guestAuditFiles })
}

async function logIn(folder: string, clock: Clock): Promise<AuditLog> {
  const disk = await nodeDisk({ folder })
  try {
    const log = await openAuditLog({
      disk,
      folder: folderInDisk,
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
