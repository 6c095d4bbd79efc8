import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { NodeEntry } from '../answers/cluster-answers.ts'
import { nameOf } from '../words/names.ts'
import type { ProcessQuestion } from './process-question.ts'

interface ProcessFilterProps {
  readonly question: ProcessQuestion
  readonly nodes: readonly NodeEntry[]
  readonly onChange: (question: ProcessQuestion) => void
}

/** Somebody who still types is not asked for. */
const typingMs = 350

export function ProcessFilter({ question, nodes, onChange }: ProcessFilterProps): VNode {
  const [text, setText] = useState(question.filter)
  const latest = useRef(question)
  latest.current = question
  useEffect(() => {
    if (text === latest.current.filter) return undefined
    const timer = setTimeout(() => onChange({ ...latest.current, filter: text }), typingMs)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <form class="filter" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="filter-text">
        Words or conditions
        <input
          type="search"
          value={text}
          placeholder="postgres cpu>10% memory>200M user=root"
          autocapitalize="none"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <label>
        Machine
        <select value={question.node} onChange={(event) => onChange({ ...question, node: event.currentTarget.value })}>
          <option value="">all</option>
          {nodes.map((node) => (
            <option key={node.id} value={node.id}>
              {nameOf(node)}
            </option>
          ))}
        </select>
      </label>
    </form>
  )
}
