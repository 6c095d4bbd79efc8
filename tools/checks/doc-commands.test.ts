import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unknownCommands } from './doc-commands.ts'
import { canarySentences, canaryTree, repoRoot, repoTree } from './file-tree.ts'
import { described } from './finding.ts'

test('every documented command exists', () => {
  const sentences = described(unknownCommands(repoTree('doc-commands'), knownCommands()))
  assert.equal(sentences.length, 0, sentences.join('\n'))
})

test('the canary makes it fail', () => {
  expect(described(unknownCommands(canaryTree('doc-commands'), ['up', 'lock acquire']))).toEqual(
    canarySentences('doc-commands'),
  )
})

/** What the command line says of itself, once there is one. */
function knownCommands(): readonly string[] | undefined {
  const main = join(repoRoot, 'apps/cli/src/main.ts')
  if (!existsSync(main)) return undefined
  const help = execFileSync(process.execPath, [main, '--help', '--json'], { encoding: 'utf8' })
  const { commands } = JSON.parse(help) as { readonly commands: readonly { readonly name: string }[] }
  return commands.map(({ name }) => name)
}
