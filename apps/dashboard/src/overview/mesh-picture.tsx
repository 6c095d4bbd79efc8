import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { pageLimitsDefaults } from '../limits.ts'
import { useWidth } from '../parts/width.ts'
import { millisText } from '../words/amounts.ts'
import { meshLayout, type MeshLayout, type Spot } from './mesh-layout.ts'
import type { NodeView } from './node-view.ts'

/**
 * The nodes as this one sees them: itself in the middle, the nearest ones closest. The table beside it says the same
 * in words, so this is only for eyes.
 */
export function MeshPicture({ views }: { readonly views: readonly NodeView[] }): VNode {
  const [box, width] = useWidth()
  const [pointedAt, setPointedAt] = useState<string | undefined>(undefined)
  const self = views.find((view) => view.self)
  const others = views.filter((view) => !view.self).toSorted(byDistance)
  const layout = meshLayout(others.length, Math.max(width, 280))
  const isNamed = views.length <= pageLimitsDefaults.namesInPictureMax
  const pointed = views.find(({ id }) => id === pointedAt)
  const place = (view: NodeView, spot: Spot): VNode => (
    <NodeSign key={view.id} view={view} spot={spot} layout={layout} isNamed={isNamed} onPoint={setPointedAt} />
  )
  return (
    <div class="mesh card" ref={box}>
      <svg
        width={layout.width}
        height={layout.height}
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        aria-hidden="true"
        focusable="false"
      >
        {others.map((view, index) => link(view, layout, index, isNamed))}
        {others.map((view, index) => place(view, layout.spots[index] ?? layout.center))}
        {self === undefined ? undefined : place(self, layout.center)}
      </svg>
      <p class="mesh-caption quiet" aria-hidden="true">
        {pointed === undefined ? captionOf(views.length) : pointedText(pointed)}
      </p>
    </div>
  )
}

function captionOf(count: number): string {
  return count < 2
    ? 'Alone: there is nobody to be connected with.'
    : 'Round trips from this node. A ring shows how busy a machine is.'
}

function pointedText({ name, state, roundTripMs, leads }: NodeView): string {
  return [name, state, ...(roundTripMs === null ? [] : [millisText(roundTripMs)]), ...(leads ? ['leads'] : [])].join(
    ' · ',
  )
}

function byDistance(one: NodeView, other: NodeView): number {
  // By name, not by round trip, which would have them dance.
  return one.name < other.name ? -1 : 1
}

function link(view: NodeView, { center, spots, radius }: MeshLayout, index: number, isNamed: boolean): VNode {
  const spot = spots[index] ?? center
  const [dx, dy] = [spot.x - center.x, spot.y - center.y]
  const length = Math.max(1, Math.hypot(dx, dy))
  const from = { x: center.x + (dx / length) * (radius + 10), y: center.y + (dy / length) * (radius + 10) }
  const to = { x: spot.x - (dx / length) * (radius + 5), y: spot.y - (dy / length) * (radius + 5) }
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }
  return (
    <g key={view.id} class={`link ${view.tone}`}>
      <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      {isNamed && view.roundTripMs !== null ? (
        <g>
          <rect x={middle.x - 32} y={middle.y - 11} width={64} height={22} rx={11} />
          <text x={middle.x} y={middle.y + 4}>
            {millisText(view.roundTripMs)}
          </text>
        </g>
      ) : undefined}
    </g>
  )
}

interface NodeSignProps {
  readonly view: NodeView
  readonly spot: Spot
  readonly layout: MeshLayout
  readonly isNamed: boolean
  readonly onPoint: (id: string | undefined) => void
}

function NodeSign({ view, spot, layout, isNamed, onPoint }: NodeSignProps): VNode {
  const radius = view.self ? layout.radius * 1.25 : layout.radius
  const around = 2 * Math.PI * (radius + 4)
  const busy = Math.min(1, view.machine?.figures.processor ?? 0)
  return (
    <g
      class={`sign ${view.tone} ${view.self ? 'self' : ''}`}
      transform={`translate(${spot.x} ${spot.y})`}
      onMouseEnter={() => onPoint(view.id)}
      onMouseLeave={() => onPoint(undefined)}
      onClick={() => (location.hash = `#/nodes/${view.id}`)}
    >
      <title>{pointedText(view)}</title>
      <circle class="sign-track" r={radius + 4} />
      <circle
        class="sign-busy"
        r={radius + 4}
        transform="rotate(-90)"
        stroke-dasharray={`${busy * around} ${around}`}
      />
      <circle class="sign-body" r={radius} />
      {layout.radius >= 16 ? (
        <text class="sign-letter" y={5}>
          {view.name.slice(0, 1).toUpperCase()}
        </text>
      ) : undefined}
      {view.leads ? (
        <path class="sign-crown" d="M-9-6-4.5-2 0-8l4.5 6L9-6 7 4H-7z" transform={`translate(0 ${-radius - 11})`} />
      ) : undefined}
      {isNamed ? (
        <text class="sign-name" y={radius + 22}>
          {view.name.length > 16 ? `${view.name.slice(0, 15)}…` : view.name}
        </text>
      ) : undefined}
    </g>
  )
}
