import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { VmEntry } from '../answers/machine-answers.ts'
import { failureOf } from '../api/api-failure.ts'
import { may } from '../api/session.ts'
import { pageLimitsDefaults } from '../limits.ts'
import { Empty } from '../parts/notice.tsx'
import { usePage } from '../shell/page-context.ts'
import { argumentsOf, vmCommands } from './vm-command.ts'
import { pieceOf, type ConsolePiece, type VmEvent } from './vm-events.ts'

/** Commands in a virtual machine, with what they print as it comes. */
export function VmConsole({ vm }: { readonly vm: VmEntry }): VNode {
  const { session } = usePage()
  const { pieces, isRunning, run, stop } = useOrders(vm)
  const commands = vmCommands(vm.commands, may(session, 'admin'))
  const [name, setName] = useState(commands[0]?.name ?? '')
  const [text, setText] = useState('')
  const command = commands.find((each) => each.name === name)
  if (command === undefined) return <Empty>Its agent offers no commands to you.</Empty>
  const submit = (event: Event): void => {
    event.preventDefault()
    if (isRunning || (command.input !== undefined && text.trim() === '')) return
    const said = command.input === undefined ? command.title : text
    void run(command.name, argumentsOf(command, text), said)
    setText('')
  }
  return (
    <>
      <Output pieces={pieces} />
      <form class="console-line" onSubmit={submit}>
        <label class="narrow">
          Command
          <select value={name} onChange={(event) => setName(event.currentTarget.value)}>
            {commands.map((each) => (
              <option key={each.name} value={each.name}>
                {each.title}
              </option>
            ))}
          </select>
        </label>
        {command.input === undefined ? undefined : (
          <label>
            Line
            <input
              class="mono"
              value={text}
              placeholder={command.input}
              autocapitalize="none"
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
        )}
        {isRunning ? (
          <button type="button" class="danger" onClick={stop}>
            Stop
          </button>
        ) : (
          <button type="submit" class="primary">
            Run
          </button>
        )}
      </form>
    </>
  )
}

function Output({ pieces }: { readonly pieces: readonly ConsolePiece[] }): VNode | undefined {
  const box = useRef<HTMLPreElement>(null)
  useEffect(() => box.current?.scrollTo(0, box.current.scrollHeight), [pieces])
  if (pieces.length === 0) return undefined
  return (
    <pre class="console" ref={box} tabIndex={0} role="log" aria-label="Output">
      {pieces.map(({ tone, text }, index) => (
        <span key={index} class={tone}>
          {text}
        </span>
      ))}
    </pre>
  )
}

interface Orders {
  readonly pieces: readonly ConsolePiece[]
  readonly isRunning: boolean
  readonly run: (command: string, given: object, said: string) => Promise<void>
  readonly stop: () => void
}

/** One command at a time; whoever goes away from the page takes it back. */
function useOrders({ vm, node }: VmEntry): Orders {
  const { api } = usePage()
  const [pieces, setPieces] = useState<readonly ConsolePiece[]>([])
  const [running, setRunning] = useState<AbortController | undefined>(undefined)
  const current = useRef<AbortController | undefined>(undefined)
  useEffect(() => () => current.current?.abort(), [])
  const show = (piece: ConsolePiece): void => setPieces((before) => trimmed([...before, piece]))
  const run = async (command: string, given: object, said: string): Promise<void> => {
    const controller = new AbortController()
    current.current = controller
    setRunning(controller)
    show({ tone: 'said', text: `> ${said}\n` })
    const decoder = new TextDecoder()
    try {
      const document = { vm, node: node.id, command, arguments: given }
      for await (const event of api.events('/v1/vm-order', { document, signal: controller.signal })) {
        const piece = pieceOf(event as VmEvent, decoder)
        if (piece !== undefined) show(piece)
      }
    } catch (error) {
      const { message, hint } = failureOf(error)
      show({ tone: 'wrong', text: controller.signal.aborted ? 'Taken back.\n' : `${message}: ${hint}\n` })
    }
    setRunning(undefined)
  }
  return { pieces, isRunning: running !== undefined, run, stop: () => running?.abort() }
}

function trimmed(pieces: readonly ConsolePiece[]): readonly ConsolePiece[] {
  let letters = 0
  const from = pieces.findLastIndex(({ text }) => (letters += text.length) > pageLimitsDefaults.consoleLettersMax)
  return from === -1 ? pieces : pieces.slice(Math.min(from + 1, pieces.length - 1))
}
