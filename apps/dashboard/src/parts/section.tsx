import type { ComponentChildren, VNode } from 'preact'
import { useId } from 'preact/hooks'

/** A part of a page under a heading of its own; `aside` stands beside it. */
export function Section({ title, aside, children }: SectionProps): VNode {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <div class="section-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}

interface SectionProps {
  readonly title: string
  readonly aside?: ComponentChildren
  readonly children: ComponentChildren
}
