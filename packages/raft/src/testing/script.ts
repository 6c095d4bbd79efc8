import { ScriptCluster } from './script-cluster.ts'
import { commands } from './script-commands.ts'

/**
 * Runs a script and returns it with what it printed: paragraphs of commands, `----`, and then what came of them.
 * Comments begin with `#` and stay. A script passes if what comes back is what went in.
 */
export function runScript(text: string): string {
  const cluster = new ScriptCluster()
  return `${text
    .trim()
    .split(/\n\n+/)
    .map((paragraph) => runParagraph(cluster, paragraph))
    .join('\n\n')}\n`
}

function runParagraph(cluster: ScriptCluster, paragraph: string): string {
  const [said] = paragraph.split(/^----$/m)
  const lines = (said ?? '').trim().split('\n')
  if (lines.every((line) => line.startsWith('#'))) return lines.join('\n')
  for (const line of lines) if (!line.startsWith('#')) runLine(cluster, line)
  return [...lines, '----', ...cluster.takeLines()].join('\n')
}

function runLine(cluster: ScriptCluster, line: string): void {
  const [name = '', ...words] = line.trim().split(/\s+/)
  const command = commands.get(name)
  if (command === undefined)
    throw new Error(`"${name}" is no command of a script: it knows ${[...commands.keys()].join(', ')}`)
  try {
    command(cluster, words)
  } catch (error) {
    cluster.say(`failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}
