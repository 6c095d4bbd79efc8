import type { SummaryFigures } from '../answers/machine-answers.ts'
import { rateText, sizeText } from './amounts.ts'

/** How full the memory is, and of how much. */
export function memoryShare({ memoryUsedBytes: used, memoryTotalBytes: total }: SummaryFigures): {
  readonly of: number | undefined
  readonly note?: string
} {
  if (used === undefined || total === undefined || total === 0) return { of: undefined }
  return { of: used / total, note: `${sizeText(used)} of ${sizeText(total)}` }
}

export function networkText(figures: SummaryFigures): string {
  const { networkReceivedBytesPerSecond: received, networkSentBytesPerSecond: sent } = figures
  return `${rateText(received)}, ${rateText(sent)}`
}
