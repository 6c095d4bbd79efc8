import { momentText } from '@flotilla/core/text'
import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import { useRedraw } from '../live/live-hooks.ts'
import { usePage } from '../shell/page-context.ts'
import { agoText } from '../words/ago.ts'

/** A moment as people speak of it; exactly when, at hover. */
export function Moment({ at }: { readonly at: string | number }): VNode {
  const { clock } = usePage()
  const redraw = useRedraw()
  useEffect(() => clock.watch(redraw), [clock, redraw])
  const wallMs = typeof at === 'number' ? at : Date.parse(at)
  const iso = Number.isFinite(wallMs) ? new Date(wallMs).toISOString() : ''
  if (iso === '') return <span>{String(at)}</span>
  return (
    <time dateTime={iso} title={momentText(iso)}>
      {agoText(wallMs, clock.nowMs())}
    </time>
  )
}
