import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { SettingEntry, SettingsAnswer } from '../answers/settings-answers.ts'
import { may } from '../api/session.ts'
import { failureOf, type ApiFailure } from '../api/api-failure.ts'
import { useAsked } from '../parts/asked.ts'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { FailureNotice, Notice, sentence } from '../parts/notice.tsx'
import { Section } from '../parts/section.tsx'
import { usePage } from '../shell/page-context.ts'
import { joined } from '../words/amounts.ts'

/** What the node was told, and where. */
export function SettingList(): VNode {
  const { api, session } = usePage()
  const [turn, setTurn] = useState(0)
  const [failed, setFailed] = useState<ApiFailure | undefined>(undefined)
  const { answer, failure } = useAsked<SettingsAnswer>('/v1/settings', turn)
  const reload = async (): Promise<void> => {
    try {
      await api.post('/v1/settings/reload', {})
      setFailed(undefined)
    } catch (error) {
      setFailed(failureOf(error))
    }
    setTurn(turn + 1)
  }
  const button = (
    <button type="button" class="small" onClick={() => void reload()}>
      Read again
    </button>
  )
  return (
    <Section title="Settings of this node" aside={may(session, 'admin') ? button : undefined}>
      <FailureNotice failure={failed ?? failure} />
      {answer === undefined ? undefined : (
        <>
          <p class="quiet">{fileWords(answer)}</p>
          <DiskNotice onDisk={answer.onDisk} warnings={answer.warnings} />
          <DataTable label="Settings" columns={columns} rows={answer.settings} keyOf={({ name }) => name} />
        </>
      )}
    </Section>
  )
}

function fileWords({ file }: SettingsAnswer): string {
  return file === null ? 'No configuration file was read.' : `The configuration file is ${file}.`
}

function DiskNotice({ onDisk, warnings }: Pick<SettingsAnswer, 'onDisk' | 'warnings'>): VNode {
  const { problems, changed, waiting } = onDisk
  return (
    <>
      {problems.map(({ file, line, what, hint }) => (
        <Notice key={what} tone="bad" title={`${file ?? ''}${line === null ? '' : `:${line}`}`}>
          {sentence(what)} {sentence(hint)}
        </Notice>
      ))}
      {warnings.map((warning) => (
        <Notice key={warning} tone="warn">
          {sentence(warning)}
        </Notice>
      ))}
      {changed.length === 0 ? undefined : (
        <Notice title="Changed in the file.">{joined(changed)}: read again to have it take effect.</Notice>
      )}
      {waiting.length === 0 ? undefined : (
        <Notice title="Changed in the file.">{joined(waiting)}: start the node again to have it take effect.</Notice>
      )}
    </>
  )
}

const columns: readonly Column<SettingEntry>[] = [
  { title: 'Setting', show: ({ name }) => <code>{name}</code> },
  { title: 'Value', show: ({ shown }) => <span class="cut">{shown}</span> },
  { title: 'From', show: ({ origin, calledAs }) => calledAs ?? origin },
  { title: 'Takes effect', isWide: true, show: ({ live }) => (live ? 'when it is read again' : 'at the next start') },
]
