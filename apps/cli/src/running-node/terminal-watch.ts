import { closeSync, openSync } from 'node:fs'

/**
 * Tells a terminal that went away, which sends SIGHUP, from somebody who sends it to have the settings read again: the
 * first takes `/dev/tty` from who had it.
 */
export function terminalWatch(): { readonly isGone: () => boolean } {
  const had = hasTerminal()
  // On Windows the signal means nothing but the end of the console.
  return { isGone: () => process.platform === 'win32' || (had && !hasTerminal()) }
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
