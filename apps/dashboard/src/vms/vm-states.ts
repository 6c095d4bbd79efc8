import type { VmState } from '../answers/machine-answers.ts'
import type { Tone } from '../parts/mark.tsx'

/** What the state of a virtual machine means to people. */
export const vmStates: Readonly<Record<VmState, { readonly words: string; readonly tone: Tone }>> = {
  there: { words: 'an agent answers', tone: 'good' },
  silent: { words: 'no agent answers', tone: 'warn' },
  away: { words: 'not connected', tone: 'plain' },
  refused: { words: 'its agent does not want us', tone: 'bad' },
  'held-off': { words: 'sends too much', tone: 'bad' },
}
