import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { NodeAnswer } from '../answers/cluster-answers.ts'
import { may } from '../api/session.ts'
import { useLive } from '../live/live-hooks.ts'
import { Choice } from '../parts/choice.tsx'
import { Facts } from '../parts/facts.tsx'
import { Moment } from '../parts/moment.tsx'
import { Section } from '../parts/section.tsx'
import { usePage } from '../shell/page-context.ts'
import { keepTheme, keptTheme, themes } from '../shell/theme.ts'
import { millisText, sizeText } from '../words/amounts.ts'
import { SettingList } from './setting-list.tsx'
import { TokenList } from './token-list.tsx'
import { UserList } from './user-list.tsx'

/** How this page looks, how the node is set, and who may come in. */
export function SettingsPage(): VNode {
  const { session } = usePage()
  const [theme, setTheme] = useState(keptTheme())
  const isAdmin = may(session, 'admin')
  return (
    <>
      <h1>Settings</h1>
      <Section title="Colours of this page">
        <Choice
          label="Colours"
          options={themes}
          value={theme}
          onChoose={(chosen) => {
            keepTheme(chosen)
            setTheme(chosen)
          }}
        />
      </Section>
      <SettingList />
      {isAdmin ? <UserList /> : undefined}
      {isAdmin ? <TokenList /> : undefined}
      <ThisNode />
    </>
  )
}

function ThisNode(): VNode | undefined {
  const { value: node } = useLive<NodeAnswer>('node')
  if (node === undefined) return undefined
  const { id, version, startedAt, life, dataFolder, pid, runtime, memory, storage, eventLoopDelay } = node
  return (
    <Section title="This node">
      <Facts
        label="This node"
        facts={[
          ['Version', version],
          ['Started', <Moment key="started" at={startedAt} />],
          ['Life', String(life)],
          ['Process', `${pid}, Node ${runtime.node}, ${runtime.platform}`],
          ['Memory', `${sizeText(memory.residentBytes)}, of it heap ${sizeText(memory.heapUsedBytes)}`],
          ['Event loop, 99th percentile', millisText(eventLoopDelay.p99Seconds * 1_000)],
          ['Data folder', <code key="folder">{dataFolder}</code>],
          ['Free there', `${sizeText(storage.diskFreeBytes)} of ${sizeText(storage.diskBytes)}`],
          ['Id', <code key="id">{id}</code>],
        ]}
      />
    </Section>
  )
}
