import { existsSync } from 'node:fs'
import { FlotillaError } from '@flotilla/core/errors'
import type { DetectionStep } from '@flotilla/virtio-agent'
import { checkGuestAudit } from '@flotilla/virtio-agent/node'

/** Whether the audit log is whole: while it is not, nothing that changes this machine is done for the host. */
export async function auditStep(folder: string): Promise<DetectionStep> {
  const looked = folder
  if (!existsSync(folder)) return { looked, found: ['it begins with the first command'], outcome: 'fine' }
  try {
    const { records, tornBytes, damage } = await checkGuestAudit(folder)
    const found = [
      `${records} records${tornBytes === 0 ? '' : `, and ${tornBytes} bytes of one that was not finished`}`,
    ]
    if (damage === undefined) return { looked, found, outcome: 'fine' }
    const why = `damaged in ${damage.file}, line ${damage.line}: ${damage.why}`
    const advice = 'find out who changed it; then move the folder audit in it away, and a new log begins'
    return { looked, found: [...found, why], outcome: 'problem', advice }
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    if (error.code === 'in-use') return { looked, found: ['the agent that runs is using it'], outcome: 'fine' }
    return { looked, found: [error.message], outcome: 'problem', advice: error.hint ?? 'look at the disk it is on' }
  }
}
