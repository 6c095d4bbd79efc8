import type { ComponentChildren, VNode } from 'preact'
import type { Tone } from './mark.tsx'

/** Figures that say how things are at a glance. */
export function Tiles({ label, children }: { readonly label: string; readonly children: ComponentChildren }): VNode {
  return (
    <dl class="tiles" aria-label={label}>
      {children}
    </dl>
  )
}

/** One of them; the whole of it leads to where there is more. */
export function Tile({ title, amount, note, href, tone }: TileProps): VNode {
  return (
    <div class={`tile ${tone ?? ''}`}>
      <dt>{href === undefined ? title : <a href={href}>{title}</a>}</dt>
      <dd>
        <strong>{amount}</strong>
        <span>{note}</span>
      </dd>
    </div>
  )
}

interface TileProps {
  readonly title: string
  readonly amount: ComponentChildren
  readonly note: ComponentChildren
  readonly href?: string
  readonly tone?: Tone
}
