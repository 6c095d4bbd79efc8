import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { TokenEntry, TokensAnswer } from '../answers/settings-answers.ts'
import { useAsked } from '../parts/asked.ts'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { formText } from '../parts/form-text.ts'
import { Moment } from '../parts/moment.tsx'
import { Empty, FailureNotice, Notice } from '../parts/notice.tsx'
import { Section } from '../parts/section.tsx'
import { useAccountCall } from './account-call.ts'
import { NotHere, RoleChoice } from './user-list.tsx'

const daySeconds = 86_400
const daysUsual = 30

/** What programs show that want something of a node. */
export function TokenList(): VNode {
  const { turn, failure, call } = useAccountCall()
  const asked = useAsked<TokensAnswer>('/v1/tokens', turn)
  const [made, setMade] = useState<string | undefined>(undefined)
  const { canChange = false, tokens = [] } = asked.answer ?? {}
  const create = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const ttlSeconds = Number(formText(form, 'days')) * daySeconds
    const wanted = { name: formText(form, 'name'), role: formText(form, 'role'), ttlSeconds }
    const answer = await call<{ readonly token: string }>('/v1/tokens/create', wanted)
    if (answer === undefined) return
    setMade(answer.token)
    form.reset()
  }
  const columns: readonly Column<TokenEntry>[] = [
    { title: 'Name', show: ({ name }) => name },
    { title: 'Role', show: ({ role }) => role },
    { title: 'Good until', show: ({ until }) => <Moment at={until} /> },
    ...(canChange ? [revokeColumn((id) => void call('/v1/tokens/revoke', { id }))] : []),
  ]
  return (
    <Section title="Tokens for programs">
      <FailureNotice failure={failure ?? asked.failure} />
      {made === undefined ? undefined : (
        <Notice tone="good" title="Keep this token: it is shown this once.">
          <code>{made}</code>
        </Notice>
      )}
      {tokens.length === 0 ? (
        <Empty>There are no tokens. A program needs one to ask a node from another machine.</Empty>
      ) : (
        <DataTable label="Tokens" columns={columns} rows={tokens} keyOf={({ id }) => id} />
      )}
      {canChange ? (
        <CreateToken onCreate={(event) => void create(event)} />
      ) : (
        <NotHere what="Tokens" isKnown={asked.answer !== undefined} />
      )}
    </Section>
  )
}

function CreateToken({ onCreate }: { readonly onCreate: (event: SubmitEvent) => void }): VNode {
  return (
    <form class="card row-form" onSubmit={onCreate} aria-label="Make a token">
      <label>
        What it is for
        <input name="name" required autocomplete="off" autocapitalize="none" spellcheck={false} />
      </label>
      <label>
        Days it is good
        <input name="days" type="number" min="1" max="365" value={daysUsual} required />
      </label>
      <RoleChoice />
      <button type="submit">Make</button>
    </form>
  )
}

function revokeColumn(onRevoke: (id: string) => void): Column<TokenEntry> {
  return {
    title: 'Do',
    show: ({ id, name }) => (
      <button
        type="button"
        class="small"
        aria-label={`Revoke ${name}`}
        onClick={() =>
          confirm(`Make the token ${name} worthless? Programs that use it are refused from then on.`) && onRevoke(id)
        }
      >
        Revoke…
      </button>
    ),
  }
}
