import { useEffect, useReducer } from 'preact/hooks'
import { usePage } from '../shell/page-context.ts'
import type { LiveState, LiveValue } from './live-store.ts'

/** What the node says about the topic now; drawn again with each change. Nothing is watched without a topic. */
export function useLive<Value>(topic: string | undefined): LiveValue<Value> {
  const { live } = usePage()
  const redraw = useRedraw()
  useEffect(() => (topic === undefined ? undefined : live.watch(topic, redraw)), [live, topic, redraw])
  return topic === undefined ? {} : ((live.value(topic) ?? {}) as LiveValue<Value>)
}

export function useLiveState(): LiveState {
  const { live } = usePage()
  const redraw = useRedraw()
  useEffect(() => live.watchState(redraw), [live, redraw])
  return live.state
}

/** The same function for as long as the component lives. */
export function useRedraw(): () => void {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  return redraw as () => void
}
