interface StepBase {
  readonly name: string
  /** The end of the sentence "This step proves that …". */
  readonly proves: string
  /** What to do when it fails. */
  readonly whenItFails: string
}

/** A program that says yes or no; it counts as one. `node` and the programs in node_modules/.bin are found by name. */
export interface CommandStep extends StepBase {
  readonly type: 'command'
  readonly command: readonly [program: string, ...args: string[]]
}

/** A script that every workspace package has; turbo runs it where anything changed. */
export interface WorkspaceStep extends StepBase {
  readonly type: 'workspace'
  readonly script: 'typecheck' | 'test'
}

export type Step = CommandStep | WorkspaceStep

/** Everything that is proved, in order: what fails quickly comes first. */
export const steps: readonly Step[] = [
  {
    type: 'command',
    name: 'format',
    command: ['oxfmt', '--check'],
    proves: 'every file is formatted',
    whenItFails: 'Run `pnpm fix`; it rewrites the files.',
  },
  {
    type: 'command',
    name: 'lint',
    command: ['oxlint'],
    proves: 'the linter, which knows the types, finds nothing',
    whenItFails: 'Run `pnpm fix`, then mend by hand what is left; do not silence it.',
  },
  {
    type: 'workspace',
    name: 'typecheck',
    script: 'typecheck',
    proves: 'TypeScript accepts every package',
    whenItFails: 'Run `pnpm typecheck` in the folder of the package that failed.',
  },
  {
    type: 'workspace',
    name: 'test',
    script: 'test',
    proves: 'every test case passes and the promised coverage is kept',
    whenItFails: 'Run `pnpm test` in the folder of the package that failed.',
  },
  {
    type: 'command',
    name: 'simulator',
    command: ['node', 'tools/sim/main.ts', 'all', '--usual', '--twice-in', '5'],
    proves: 'all suites hold their invariants, and a seed of five lives the same life twice',
    whenItFails: 'Run `pnpm sim SUITE --seed N --trace` with the suite and the seed that it printed.',
  },
]
