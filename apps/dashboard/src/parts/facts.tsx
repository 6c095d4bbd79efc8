import type { ComponentChildren, VNode } from 'preact'

export type Fact = readonly [title: string, words: ComponentChildren]

/** What there is to know, as a list of words and what they are. */
export function Facts({ label, facts }: { readonly label: string; readonly facts: readonly Fact[] }): VNode {
  return (
    <dl class="facts card" aria-label={label}>
      {facts.map(([title, words]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  )
}
