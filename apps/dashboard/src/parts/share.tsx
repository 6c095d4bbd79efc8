import type { VNode } from 'preact'
import { percentText, unknownText } from '../words/amounts.ts'

/** A share as a number and as a bar; it warns where the rest is little. */
export function Share({ of, note }: { readonly of: number | undefined | null; readonly note?: string }): VNode {
  if (of === undefined || of === null) return <span class="quiet">{unknownText}</span>
  const width = `${Math.min(100, Math.max(0, of * 100)).toFixed(1)}%`
  const tone = of >= 0.95 ? 'bad' : of >= 0.85 ? 'warn' : ''
  return (
    <span class="share" title={note}>
      <span class="share-text">{percentText(of)}</span>
      <span class={`share-bar ${tone}`} aria-hidden="true">
        <span style={{ width }} />
      </span>
    </span>
  )
}
