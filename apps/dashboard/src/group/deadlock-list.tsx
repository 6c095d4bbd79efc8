import type { VNode } from 'preact'
import type { DeadlocksAnswer } from '../answers/group-answers.ts'
import { Moment } from '../parts/moment.tsx'
import { Empty } from '../parts/notice.tsx'
import { usePage } from '../shell/page-context.ts'

export function DeadlockList({ deadlocks }: Pick<DeadlocksAnswer, 'deadlocks'>): VNode {
  const { clock } = usePage()
  if (deadlocks.length === 0)
    return <Empty>None was found. Whoever waits in a ring is told, and the others go on.</Empty>
  return (
    <ul class="plain-list card">
      {deadlocks.map(({ key, text, agoMs }, index) => (
        <li key={`${key} ${index}`}>
          {text}.{' '}
          <span class="quiet">
            <Moment at={clock.nowMs() - agoMs} />
          </span>
        </li>
      ))}
    </ul>
  )
}
