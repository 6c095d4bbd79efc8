import type { VNode } from 'preact'
import type { AlertsAnswer } from '../answers/machine-answers.ts'
import { nameOf } from '../words/names.ts'
import { Moment } from './moment.tsx'
import { Notice, sentence } from './notice.tsx'

/** What is wrong with the machines now; nothing where nothing is. */
export function AlertList({ alerts }: { readonly alerts: AlertsAnswer['alerts'] }): VNode {
  return (
    <>
      {alerts
        .filter(({ state }) => state === 'raised')
        .map(({ node, rule, figure, severity, message, sinceMs }) => (
          <Notice
            key={`${node.id} ${rule} ${figure}`}
            tone={severity === 'critical' ? 'bad' : severity === 'warning' ? 'warn' : 'plain'}
            title={`${nameOf(node)}: ${severity}.`}
          >
            {sentence(message)} <Moment at={sinceMs} />
          </Notice>
        ))}
    </>
  )
}
