import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { ProcessEntry } from '../answers/machine-answers.ts'
import { failureOf, type ApiFailure } from '../api/api-failure.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FailureNotice } from '../parts/notice.tsx'
import { usePage } from '../shell/page-context.ts'
import { nameOf } from '../words/names.ts'

const ways = [
  ['SIGTERM', 'Ask it to end', 'It can still save what it has in hand.'],
  ['SIGKILL', 'End it at once', 'It cannot save anything. For a process that does not react.'],
  ['SIGSTOP', 'Have it pause', 'It stays where it is until it is told to go on.'],
  ['SIGCONT', 'Have it go on', 'After a pause.'],
] as const

interface SignalDialogProps {
  readonly process: ProcessEntry
  readonly onClose: () => void
}

/** Asks once more, because it cannot be taken back. It is meant for exactly this process, not for its number. */
export function SignalDialog({ process, onClose }: SignalDialogProps): VNode {
  const { api } = usePage()
  const [signal, setSignal] = useState<string>('SIGTERM')
  const [failure, setFailure] = useState<ApiFailure | undefined>(undefined)
  const [isAsking, setAsking] = useState(false)
  const { node, bootId, pid, startTicks, name, command, user } = process
  const send = async (event: Event): Promise<void> => {
    event.preventDefault()
    setAsking(true)
    try {
      await api.post('/v1/processes/signal', { node: node.id, bootId, pid, startTicks, signal })
      onClose()
    } catch (error) {
      setFailure(failureOf(error))
      setAsking(false)
    }
  }
  return (
    <Dialog title={`End ${name} on ${nameOf(node)}?`} onClose={onClose}>
      <p class="quiet">
        Process {pid} of {user}: <code>{command === '' ? name : command}</code>
      </p>
      <form class="form" onSubmit={(event) => void send(event)}>
        <fieldset class="ways">
          <legend class="unseen">How</legend>
          {ways.map(([value, title, note]) => (
            <label key={value}>
              <input type="radio" name="signal" checked={signal === value} onChange={() => setSignal(value)} />
              <span>
                {title} <small class="quiet">{value}</small>
                <small class="quiet ways-note">{note}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <FailureNotice failure={failure} />
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" class="danger" disabled={isAsking}>
            Send {signal}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
