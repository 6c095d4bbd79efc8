import type { LockHolder, LockState } from '@flotilla/locks'
import type { GroupEntry, GroupMemberEntry, LocksAnswer, RaftAnswer } from '../services/lock-answers.ts'
import { html, type Html } from './html.ts'

/** How much of an id is enough to tell a few hundred nodes apart. */
const idShownLength = 12
/** Waiters of one key that are named; of more, how many there are. */
const waitersShownMax = 3

/** Who decides in the cluster. */
export function groupSection(raft: RaftAnswer): Html {
  return html`<section aria-labelledby="group-title">
    <h2 id="group-title">Who decides</h2>
    <div id="group-notice" role="status" data-live>${groupNotice(raft)}</div>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="group-title">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Id</th>
            <th scope="col">Part</th>
            <th scope="col">Leads</th>
            <th scope="col">Behind</th>
          </tr>
        </thead>
        <tbody id="group" data-live>
          ${raft.groups.flatMap(({ members }) => members.map(memberRow))}
        </tbody>
      </table>
    </div>
  </section>`
}

/** What is locked, by whom, and who waits for it. */
export function locksSection(raft: RaftAnswer, answer: LocksAnswer | undefined): Html {
  return html`<section aria-labelledby="locks-title">
    <h2 id="locks-title">Locks</h2>
    <div id="locks-notice" role="status" data-live>${locksNotice(raft, answer)}</div>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="locks-title">
      <table>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Mode</th>
            <th scope="col">Held by</th>
            <th scope="col">Token</th>
            <th scope="col">Waiting</th>
          </tr>
        </thead>
        <tbody id="locks" data-live>
          ${(answer?.locks ?? []).flatMap(lockRows)}
        </tbody>
      </table>
    </div>
  </section>`
}

function groupNotice({ state, notice, groups: [group] }: RaftAnswer): Html {
  const words = notice === null ? '' : `${notice}.`
  if (state === 'failed') return html`<p class="banner bad"><strong>No part in the group:</strong> ${words}</p>`
  if (state === 'none') return html`<p>In no cluster yet.</p>`
  if (group === undefined) return html`<p class="quiet">This node is no member, and asks those that are. ${words}</p>`
  return html`<p class="quiet">${leaderWords(group)} Term ${group.term}, decided up to ${group.commit}.</p>`
}

function leaderWords({ leader }: GroupEntry): string {
  return leader === null ? 'Nobody leads now.' : `${leader.name === '' ? leader.id : leader.name} leads.`
}

function memberRow({ id, name, part, leads, entriesBehind, answers }: GroupMemberEntry): Html {
  return html`<tr>
    <td>${name}</td>
    <td><code title="${id}">${id.slice(0, idShownLength)}…</code></td>
    <td><span class="mark ${answers === false ? 'bad' : part === 'voter' ? 'good' : 'plain'}">${part}</span></td>
    <td>${leads ? 'leads' : ''}</td>
    <td>${entriesBehind ?? ''}</td>
  </tr>`
}

function locksNotice({ state }: RaftAnswer, answer: LocksAnswer | undefined): Html {
  if (state === 'none') return html`<p>In no cluster yet.</p>`
  if (answer === undefined) return html`<p class="banner bad">The group does not answer now.</p>`
  if (answer.locks.length === 0) return html`<p class="quiet">Nobody holds anything, or waits for it.</p>`
  return answer.next === null ? html`` : html`<p>Only the first ${answer.locks.length} keys are shown.</p>`
}

/** One row for each holder; a key that is only waited for has one as well. */
function lockRows(lock: LockState): readonly Html[] {
  const { key, capacity, holders } = lock
  const [first, ...more] = holders
  if (first === undefined) return [row(key, 'free', '', '', waitingWords(lock))]
  return [
    row(key, modeWords(first, capacity), holderWords(first), String(first.token), waitingWords(lock)),
    ...more.map((holder) => row('', modeWords(holder, capacity), holderWords(holder), String(holder.token), '')),
  ]
}

function row(...cells: readonly string[]): Html {
  return html`<tr>
    ${cells.map((cell) => html`<td>${cell}</td>`)}
  </tr>`
}

function modeWords({ mode, permits }: LockHolder, capacity: number): string {
  return mode === 'permits' ? `${permits} of ${capacity}` : mode
}

function holderWords({ name, value }: LockHolder): string {
  return value === '' ? name : `${name}: ${value}`
}

function waitingWords({ waiting, waiters }: LockState): string {
  if (waiting === 0) return ''
  const names = waiters.slice(0, waitersShownMax).map(({ name, mode }) => `${name} (${mode})`)
  const more = waiting - names.length
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
}
