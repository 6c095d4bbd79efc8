import type { VNode } from 'preact'
import type { LockWait } from '../answers/group-answers.ts'
import { pageLimitsDefaults } from '../limits.ts'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { Empty, Notice } from '../parts/notice.tsx'
import { useWidth } from '../parts/width.ts'
import { partyText } from './lock-table.tsx'
import { waitLayout, type WaitArrow, type Waiter } from './wait-layout.ts'

/** Drawn for eyes; the table below says the same in words. */
export function WaitGraph({ waits }: { readonly waits: readonly LockWait[] }): VNode {
  const [box, width] = useWidth()
  const drawn = waits.slice(0, pageLimitsDefaults.waitsDrawnMax)
  const layout = waitLayout(drawn, partyText, Math.max(width, 280))
  return (
    <div ref={box} class="waits">
      {waits.length === 0 ? (
        <Empty>Nobody waits for anybody.</Empty>
      ) : (
        <>
          {layout.waiters.some(({ isStuck }) => isStuck) ? (
            <Notice tone="warn" title="Some wait for each other.">
              The one that came last is told so in a moment, and the others go on.
            </Notice>
          ) : undefined}
          <svg class="card" width={width} height={layout.height} aria-hidden="true" focusable="false">
            <defs>
              <marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
                <path d="M0 1 10 5 0 9z" />
              </marker>
            </defs>
            {layout.arrows.map(arrowSign)}
            {layout.waiters.map(waiterSign)}
          </svg>
          {drawn.length < waits.length ? <p class="quiet">The first {drawn.length} of them are drawn.</p> : undefined}
          <DataTable label="Waits" columns={columns} rows={waits} keyOf={keyOf} />
        </>
      )}
    </div>
  )
}

const half = { width: 62, height: 16 }

function waiterSign({ name, x, y, isStuck }: Waiter): VNode {
  return (
    <g key={name} class={isStuck ? 'waiter stuck' : 'waiter'} transform={`translate(${x} ${y})`}>
      <rect x={-half.width} y={-half.height} width={2 * half.width} height={2 * half.height} rx={half.height} />
      <text y={5}>{name.length > 16 ? `${name.slice(0, 15)}…` : name}</text>
    </g>
  )
}

/** Bent, so that two who wait for each other have two arrows that are seen. */
function arrowSign({ from, to, keys, isHolder }: WaitArrow): VNode {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const length = Math.max(1, Math.hypot(dx, dy))
  const bend = Math.abs(dy) < 1 ? 34 : 16
  const middle = { x: (from.x + to.x) / 2 - (dy / length) * bend, y: (from.y + to.y) / 2 + (dx / length) * bend }
  const [start, end] = [edge(from, middle), edge(to, middle)]
  const label = { x: (start.x + end.x) / 4 + middle.x / 2, y: (start.y + end.y) / 4 + middle.y / 2 }
  const classes = ['wait', ...(from.isStuck && to.isStuck ? ['stuck'] : []), ...(isHolder ? [] : ['queued'])]
  return (
    <g key={`${from.name} ${to.name}`} class={classes.join(' ')}>
      <path d={`M${start.x} ${start.y}Q${middle.x} ${middle.y} ${end.x} ${end.y}`} marker-end="url(#arrow)" />
      <text x={label.x} y={label.y + 4}>
        {keys.join(', ')}
      </text>
    </g>
  )
}

/** Where the line to that point leaves the box. */
function edge({ x, y }: Waiter, toward: { readonly x: number; readonly y: number }): { x: number; y: number } {
  const [dx, dy] = [toward.x - x, toward.y - y]
  const scale = Math.min(
    (half.width + 3) / Math.max(1e-6, Math.abs(dx)),
    (half.height + 3) / Math.max(1e-6, Math.abs(dy)),
  )
  return { x: x + dx * Math.min(1, scale), y: y + dy * Math.min(1, scale) }
}

const columns: readonly Column<LockWait>[] = [
  { title: 'Who', show: ({ waiter }) => partyText(waiter) },
  { title: 'waits for', show: ({ key }) => <strong>{key}</strong> },
  { title: 'because of', show: ({ blocker }) => partyText(blocker) },
  { title: 'who', show: ({ blockerHolds }) => (blockerHolds ? 'holds it' : 'waits before') },
]

function keyOf({ key, waiter, blocker }: LockWait): string {
  return JSON.stringify([key, partyText(waiter), partyText(blocker)])
}
