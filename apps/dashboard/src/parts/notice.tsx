import type { ComponentChildren, VNode } from 'preact'
import type { LiveValue } from '../live/live-store.ts'
import type { Tone } from './mark.tsx'
import { Words } from './words.tsx'

/** Something that somebody should know, or do something about. */
export function Notice({ tone = 'plain', title, children }: NoticeProps): VNode {
  return (
    <div class={`notice ${tone}`}>
      {title === undefined ? undefined : <strong>{title}</strong>}
      <div>{children}</div>
    </div>
  )
}

interface NoticeProps {
  readonly tone?: Tone
  readonly title?: string
  readonly children: ComponentChildren
}

interface FailureNoticeProps {
  readonly failure: LiveValue<unknown>['failure']
}

/** Why something is not there, and what can be done: nothing where it is there. */
export function FailureNotice({ failure }: FailureNoticeProps): VNode | undefined {
  if (failure === undefined) return undefined
  return (
    <Notice tone="bad" title={sentence(failure.message)}>
      <Words of={sentence(failure.hint)} />
    </Notice>
  )
}

/** What stands in the place of a list that is empty: what would be in it, and how it gets there. */
export function Empty({ children }: { readonly children: ComponentChildren }): VNode {
  return <p class="empty">{children}</p>
}

/** What the node says begins small and ends without a stop, because it also stands within sentences. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}
