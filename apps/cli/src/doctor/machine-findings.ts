import { availableParallelism, freemem, totalmem } from 'node:os'
import { bytesText } from '@flotilla/core/text'
import type { Finding } from '../check/finding.ts'
import { cliLimitsDefaults } from '../limits.ts'

export interface MachineFacts {
  readonly nodeVersion: string
  readonly platform: string
  readonly cores: number
  readonly freeBytes: number
  readonly totalBytes: number
}

export function thisMachine(): MachineFacts {
  return {
    nodeVersion: process.versions.node,
    platform: process.platform,
    cores: availableParallelism(),
    freeBytes: process.availableMemory?.() ?? freemem(),
    totalBytes: totalmem(),
  }
}

/** What has to do with no node in particular. */
export function machineFindings(facts: MachineFacts): readonly Finding[] {
  return [engineFinding(facts), memoryFinding(facts)]
}

function engineFinding({ nodeVersion, platform }: MachineFacts): Finding {
  const subject = 'engine'
  const what = `Node ${nodeVersion} on ${platform}`
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number)
  const { nodeMajorMin, nodeMinorMin } = cliLimitsDefaults
  const isOld = major < nodeMajorMin || (major === nodeMajorMin && minor < nodeMinorMin)
  if (isOld) {
    const hint = `start it with \`./flotilla\` in a checkout, which brings its own, or install Node ${nodeMajorMin}`
    return { subject, state: 'failed', what: `${what} is older than ${nodeMajorMin}.${nodeMinorMin}`, hint }
  }
  if (platform === 'linux' || platform === 'darwin') return { subject, state: 'ok', what }
  return { subject, state: 'warning', what, hint: 'Flotilla is at home on Linux; elsewhere some parts are missing' }
}

function memoryFinding({ freeBytes, totalBytes }: MachineFacts): Finding {
  const subject = 'memory'
  const what = `${bytesText(freeBytes)} of ${bytesText(totalBytes)} can be had`
  if (freeBytes >= cliLimitsDefaults.memoryFreeBytesLow) return { subject, state: 'ok', what }
  const hint = 'end what needs so much (`flotilla ps --sort memory` shows it): a node takes 150 to 250 MiB'
  return { subject, state: 'warning', what, hint }
}
