import { execFileSync } from 'node:child_process'

/**
 * Which code ran here: the commit, and whether the files differ from it. `except` is a file that the command itself is
 * about to write, and whose change says nothing.
 */
export function commitOf(root: string, except?: string): string {
  try {
    const git = (...words: string[]): string => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim()
    const left = except === undefined ? [] : [`:!${except}`]
    const isChanged = git('status', '--porcelain', '--', '.', ...left) !== ''
    return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? ' with changes' : ''}`
  } catch {
    return 'unknown (no git here)'
  }
}
