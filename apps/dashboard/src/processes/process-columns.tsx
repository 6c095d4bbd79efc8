import type { ProcessEntry } from '../answers/machine-answers.ts'
import type { Column } from '../parts/data-table.tsx'
import { Moment } from '../parts/moment.tsx'
import { percentText, sizeText } from '../words/amounts.ts'
import { nameOf } from '../words/names.ts'

/** What is shown of a process; whoever may end one has a button for it. */
export function processColumns(onEnd: ((process: ProcessEntry) => void) | undefined): readonly Column<ProcessEntry>[] {
  return onEnd === undefined ? columns : [...columns, endColumn(onEnd)]
}

const columns: readonly Column<ProcessEntry>[] = [
  {
    title: 'Process',
    sort: 'name',
    show: ({ name, command }) => (
      <span class="process" title={command}>
        <strong>{name}</strong> <code class="cut quiet">{command}</code>
      </span>
    ),
  },
  { title: 'Processor', sort: 'cpu', isNumber: true, show: ({ processor }) => percentText(processor) },
  { title: 'Memory', sort: 'memory', isNumber: true, show: ({ residentBytes }) => sizeText(residentBytes) },
  {
    title: 'Machine',
    show: ({ node, vm }) => (
      <a href={`#/nodes/${node.id}`}>
        {nameOf(node)}
        {vm === null ? '' : ` / ${vm}`}
      </a>
    ),
  },
  { title: 'Number', sort: 'pid', isNumber: true, show: ({ pid }) => pid },
  { title: 'User', sort: 'user', show: ({ user }) => user },
  { title: 'State', isWide: true, show: ({ state }) => state },
  { title: 'Threads', sort: 'threads', isNumber: true, isWide: true, show: ({ threads }) => threads },
  { title: 'Started', sort: 'age', isWide: true, show: ({ startedAt }) => <Moment at={startedAt} /> },
]

function endColumn(onEnd: (process: ProcessEntry) => void): Column<ProcessEntry> {
  return {
    title: 'Do',
    show: (process) =>
      process.vm === null ? (
        <button
          type="button"
          class="small"
          aria-label={`End ${process.name}, number ${process.pid} of ${nameOf(process.node)}`}
          onClick={() => onEnd(process)}
        >
          End…
        </button>
      ) : (
        ''
      ),
  }
}
