import type { VNode } from 'preact'
import type { UserEntry, UsersAnswer } from '../answers/settings-answers.ts'
import { useAsked } from '../parts/asked.ts'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { formText } from '../parts/form-text.ts'
import { Moment } from '../parts/moment.tsx'
import { Empty, FailureNotice } from '../parts/notice.tsx'
import { Section } from '../parts/section.tsx'
import { roleWords, useAccountCall } from './account-call.ts'

/** Who may log in at the nodes of the cluster. */
export function UserList(): VNode {
  const { turn, failure, call } = useAccountCall()
  const asked = useAsked<UsersAnswer>('/v1/users', turn)
  const { canChange = false, users = [] } = asked.answer ?? {}
  const add = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const wanted = { name: formText(form, 'name'), role: formText(form, 'role'), password: formText(form, 'password') }
    if ((await call('/v1/users/add', wanted)) !== undefined) form.reset()
  }
  const columns: readonly Column<UserEntry>[] = [
    { title: 'Name', show: ({ name }) => name },
    { title: 'Role', show: ({ role }) => role },
    { title: 'Changed', show: ({ changedAt }) => <Moment at={changedAt} /> },
    ...(canChange ? [removeColumn((name) => void call('/v1/users/remove', { name }))] : []),
  ]
  return (
    <Section title="Users">
      <FailureNotice failure={failure ?? asked.failure} />
      {users.length === 0 ? (
        <Empty>Nobody has a name and a password yet: one comes in with a code of flotilla open.</Empty>
      ) : (
        <DataTable label="Users" columns={columns} rows={users} keyOf={({ name }) => name} />
      )}
      {canChange ? (
        <AddUser onAdd={(event) => void add(event)} />
      ) : (
        <NotHere what="Users" isKnown={asked.answer !== undefined} />
      )}
    </Section>
  )
}

export function NotHere({ what, isKnown }: { readonly what: string; readonly isKnown: boolean }): VNode | undefined {
  if (!isKnown) return undefined
  return <p class="quiet">{what} are changed on the machine that holds the authority of the cluster.</p>
}

function AddUser({ onAdd }: { readonly onAdd: (event: SubmitEvent) => void }): VNode {
  return (
    <form class="card row-form" onSubmit={onAdd} aria-label="Add a user">
      <label>
        Name
        <input name="name" required autocomplete="off" autocapitalize="none" spellcheck={false} />
      </label>
      <label>
        Password
        <input name="password" type="password" required autocomplete="new-password" />
      </label>
      <RoleChoice />
      <button type="submit">Add</button>
    </form>
  )
}

export function RoleChoice(): VNode {
  return (
    <label>
      Role
      <select name="role">
        {roleWords.map(([role, words]) => (
          <option key={role} value={role}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}

function removeColumn(onRemove: (name: string) => void): Column<UserEntry> {
  return {
    title: 'Do',
    show: ({ name }) => (
      <button
        type="button"
        class="small"
        aria-label={`Remove ${name}`}
        onClick={() => confirm(`Let ${name} log in no more, and end what ${name} has open?`) && onRemove(name)}
      >
        Remove…
      </button>
    ),
  }
}
