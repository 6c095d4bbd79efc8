import type { ComponentChildren, VNode } from 'preact'

export type Tone = 'good' | 'warn' | 'bad' | 'plain'

/** A state in words, with a sign of its own for those who do not see its colour. */
export function Mark({ tone, children, title }: MarkProps): VNode {
  return (
    <span class={`mark ${tone}`} title={title}>
      {children}
    </span>
  )
}

interface MarkProps {
  readonly tone: Tone
  readonly children: ComponentChildren
  readonly title?: string
}
