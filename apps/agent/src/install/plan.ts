import { unreachable } from '@flotilla/core/errors'

/** What installing does, in order; pure, so that `--dry-run` says exactly what would happen. */
export type InstallStep =
  | { readonly type: 'write'; readonly path: string; readonly text: string; readonly mode: number }
  /** What somebody has changed is kept. */
  | { readonly type: 'write-once'; readonly path: string; readonly text: string; readonly mode: number }
  | { readonly type: 'copy'; readonly from: string; readonly to: string; readonly mode: number }
  | { readonly type: 'folder'; readonly path: string; readonly mode: number }
  | { readonly type: 'remove'; readonly path: string }
  | { readonly type: 'run'; readonly command: readonly string[]; readonly mayFail: boolean }

export interface InstallFacts {
  /** The file that is to be run: this very program. */
  readonly program: string
  /** Node, where the program is a script that needs it. */
  readonly interpreter: string | undefined
  readonly configFile: string
  /** What the agent is to be started with, besides. */
  readonly flags: readonly string[]
}

/** What it does, for people. */
export function stepText(step: InstallStep): string {
  switch (step.type) {
    case 'write':
    case 'write-once': {
      const lines = step.text.trimEnd().split('\n')
      const kept = step.type === 'write-once' ? ', if it is not there' : ''
      return [`write ${step.path}${kept}:`, ...lines.map((line) => `    ${line}`)].join('\n')
    }
    case 'copy':
      return `copy ${step.from} to ${step.to}`
    case 'folder':
      return `make the folder ${step.path}`
    case 'remove':
      return `remove ${step.path}`
    case 'run':
      return `run ${step.command.join(' ')}${step.mayFail ? ', whatever becomes of it' : ''}`
    default:
      return unreachable(step, 'step of installing')
  }
}
