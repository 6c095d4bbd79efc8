import { unreachable } from '@flotilla/core/errors'

/** What installing does, in order; plain, so that `--dry-run` says exactly what would happen. */
export type ServiceStep =
  | { readonly type: 'write'; readonly path: string; readonly text: string }
  /** The program as it is now, in the place of an older one. */
  | { readonly type: 'copy'; readonly from: string; readonly to: string; readonly isProgram: boolean }
  | { readonly type: 'remove'; readonly path: string }
  | { readonly type: 'run'; readonly command: readonly string[]; readonly mayFail: boolean }

/** What it does, for people. */
export function stepText(step: ServiceStep): string {
  switch (step.type) {
    case 'write':
      return `write ${step.path}`
    case 'copy':
      return `copy ${step.from} to ${step.to}`
    case 'remove':
      return `remove ${step.path}`
    case 'run':
      return `run ${step.command.join(' ')}${step.mayFail ? ', whatever becomes of it' : ''}`
    default:
      return unreachable(step, 'step of installing')
  }
}
