import { safeText } from '@flotilla/core/text'
import type { Call } from '../commands/command.ts'

/** One line on a terminal that says what is being waited for, and goes away again; nothing anywhere else. */
export interface StatusLine {
  readonly show: (text: string) => void
  readonly clear: () => void
}

const widthUsual = 80

export function statusLine({ options }: Call): StatusLine {
  const { stderr } = process
  if (!stderr.isTTY || options.has('json')) return { show: () => {}, clear: () => {} }
  let shown = ''
  const show = (text: string): void => {
    const line = safeText(text).slice(0, (stderr.columns || widthUsual) - 1)
    if (line === shown) return
    shown = line
    stderr.write(`\r\u001B[K${line}`)
  }
  const clear = (): void => {
    if (shown !== '') stderr.write('\r\u001B[K')
    shown = ''
  }
  return { show, clear }
}
