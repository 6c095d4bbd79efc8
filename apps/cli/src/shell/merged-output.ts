import { safeText } from '@flotilla/core/text'
import type { Line } from '../terminal/lines.ts'

/** What a command said on one node. */
export interface NodeOutput {
  readonly node: string
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Line by line with the node before each; nodes that say the same thing say it once. */
export function mergedLines(outputs: readonly NodeOutput[]): readonly Line[] {
  const groups = new Map<string, NodeOutput & { readonly nodes: string[] }>()
  for (const output of outputs) {
    const key = JSON.stringify([output.stdout, output.stderr])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { ...output, nodes: [output.node] })
    else group.nodes.push(output.node)
  }
  const names = [...groups.values()].map(({ nodes }) => safeText(nodes.join(', ')))
  const width = Math.max(0, ...names.map((name) => name.length))
  return [...groups.values()].flatMap((group, index) => {
    const name = (names[index] ?? '').padEnd(width)
    const said = linesOf(group.stdout).map((text): Line => [{ tone: 'strong', text: name }, ' │ ', text])
    const wrong = linesOf(group.stderr).map((text): Line => [
      { tone: 'strong', text: name },
      ' │ ',
      { tone: 'bad', text },
    ])
    return [...said, ...wrong]
  })
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}
