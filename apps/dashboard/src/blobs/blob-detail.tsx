import type { VNode } from 'preact'
import type { BlobStatAnswer } from '../answers/blob-answers.ts'
import { useAsked } from '../parts/asked.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Facts } from '../parts/facts.tsx'
import { Mark } from '../parts/mark.tsx'
import { Moment } from '../parts/moment.tsx'
import { FailureNotice } from '../parts/notice.tsx'
import { sizeText } from '../words/amounts.ts'
import { nameOf } from '../words/names.ts'

/** One blob: who has it, and how many ought to. */
export function BlobDetail({ name, onClose }: { readonly name: string; readonly onClose: () => void }): VNode {
  const { answer, failure } = useAsked<BlobStatAnswer>(`/v1/blob/stat?${new URLSearchParams({ ref: name })}`)
  return (
    <Dialog title={name} onClose={onClose}>
      <FailureNotice failure={failure} />
      {answer === undefined ? undefined : <Detail stat={answer} />}
      <div class="buttons">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  )
}

function Detail({ stat }: { readonly stat: BlobStatAnswer }): VNode {
  const { id, size, names, pinned, putAt, copiesWanted, holders } = stat
  const copies = copiesWanted === null ? 'this node alone' : copiesWanted === 'all' ? 'all nodes' : String(copiesWanted)
  return (
    <Facts
      label="About the blob"
      facts={[
        ['Size', sizeText(size)],
        ['Put', <Moment key="put" at={putAt} />],
        ['Copies wanted', copies],
        ['Copies at', <Holders key="holders" holders={holders} />],
        ['Names', names.join(', ')],
        ['Pinned', pinned ? 'yes: it cannot be deleted' : 'no'],
        ['Id', <code key="id">{id}</code>],
      ]}
    />
  )
}

function Holders({ holders }: Pick<BlobStatAnswer, 'holders'>): VNode {
  if (holders === null) return <span>this node</span>
  return (
    <ul class="parties">
      {holders.map(({ id, name, alive }) => (
        <li key={id}>
          <Mark tone={alive ? 'good' : 'bad'}>{nameOf({ id, name })}</Mark>
        </li>
      ))}
    </ul>
  )
}
