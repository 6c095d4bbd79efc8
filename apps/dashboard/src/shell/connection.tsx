import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import { useLiveState, useRedraw } from '../live/live-hooks.ts'
import { Mark } from '../parts/mark.tsx'
import { sentence } from '../parts/notice.tsx'
import { usePage } from './page-context.ts'

/** Whether what is shown is how things are now. */
export function ConnectionSign(): VNode {
  const { type } = useLiveState()
  return (
    <span class="connection" role="status">
      {type === 'live' ? <Mark tone="good">live</Mark> : undefined}
      {type === 'connecting' ? <Mark tone="plain">connecting</Mark> : undefined}
      {type === 'lost' ? <Mark tone="bad">not connected</Mark> : undefined}
    </span>
  )
}

/** What is to be known where it is not: what is seen may be old, and it is tried again. */
export function ConnectionNotice(): VNode | undefined {
  const { live, clock } = usePage()
  const state = useLiveState()
  const redraw = useRedraw()
  const isLost = state.type === 'lost'
  useEffect(() => {
    if (!isLost) return undefined
    const timer = setInterval(redraw, 1_000)
    return () => clearInterval(timer)
  }, [isLost, redraw])
  if (state.type !== 'lost') return undefined
  const seconds = Math.max(0, Math.ceil((state.retryAtMs - clock.nowMs()) / 1_000))
  return (
    <div class="notice bad lost">
      <strong>{sentence(state.failure.message)}</strong>
      <div>
        What you see is how things were. {seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again now.'}{' '}
        <button type="button" class="small" onClick={() => live.retry()}>
          Try now
        </button>
      </div>
    </div>
  )
}
