import { safeText } from '@flotilla/core/text'
import type { Call } from '../commands/command.ts'
import { ProgressBar } from './progress-bar.ts'

const widthUsual = 80

/** On a terminal that a person looks at; nowhere else. */
export function shownProgress({ options }: Call, title: string, amountText?: (amount: number) => string): ProgressBar {
  const { stderr } = process
  const isSeen = stderr.isTTY && !options.has('json')
  return new ProgressBar({
    title: safeText(title),
    width: stderr.columns ?? widthUsual,
    nowMs: () => performance.now(),
    write: isSeen ? (text) => void stderr.write(text) : undefined,
    ...(amountText === undefined ? {} : { amountText }),
  })
}
