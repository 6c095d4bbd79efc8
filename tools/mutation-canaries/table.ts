import type { Verdict } from './verdict.ts'

export interface Section {
  readonly package: string
  readonly lines: readonly string[]
}

const preface = [
  '# Planted bugs',
  '',
  'A suite that nothing can break proves nothing. `pnpm canaries` plants each of these bugs, alone, in a copy of the ' +
    'packages, and lets those who ought to see it look for it: simulator suites from seed 1 on, or tests. It writes ' +
    'this page, and fails if a bug goes unseen. The seed, or the test, passes without the bug.',
  '',
].join('\n')

export function sectionOf(packageName: string, verdicts: readonly Verdict[]): Section {
  const rows = verdicts.map(({ canary, caught }) => {
    const where = `\`${canary.file}\``
    if (caught === undefined) return [canary.name, canary.bug, where, '**nobody**', '', '']
    const after = caught.seed === undefined ? 'test' : `seed ${caught.seed}`
    return [canary.name, canary.bug, where, caught.by, after, caught.sentence]
  })
  const header = ['canary', 'what is wrong', 'where', 'seen by', 'at', 'what broke']
  return {
    package: packageName,
    lines: [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escaped).join(' | ')} |`),
  }
}

/** The page with this section new, and those of other packages as they were. */
export function pageWith(page: string, sections: readonly Section[]): string {
  const kept = page
    .split(/^## /m)
    .slice(1)
    .map((text): Section => {
      const [name = '', ...lines] = text.trimEnd().split('\n')
      return { package: name, lines: lines.filter((line) => line !== '') }
    })
    .filter(({ package: name }) => sections.every((section) => section.package !== name))
  const all = [...kept, ...sections].toSorted((one, other) => one.package.localeCompare(other.package))
  return [preface, ...all.map(({ package: name, lines }) => `## ${name}\n\n${lines.join('\n')}\n`)].join('\n')
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|')
}
