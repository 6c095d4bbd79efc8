import { Buffer } from 'node:buffer'
import type { GuestMetrics } from '../contract.ts'
import type { GuestLine, Packing } from '../own/index.ts'

/** The text of a line of metrics, packed where they are large. */
export function metricsText(
  head: Omit<Extract<GuestLine, { readonly type: 'metrics' }>, 'figures' | 'packed'>,
  metrics: GuestMetrics,
  packAboveBytes: number,
  packing: Packing | undefined,
): string {
  const figures = JSON.stringify(metrics)
  const start = JSON.stringify(head).slice(0, -1)
  if (packing === undefined || figures.length <= packAboveBytes) return `${start},"figures":${figures}}`
  const bytes = Buffer.from(packing.pack(new TextEncoder().encode(figures))).toString('base64')
  return `${start},"packed":${JSON.stringify({ encoding: packing.encoding, bytes })}}`
}
