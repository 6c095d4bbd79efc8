/** Whose files and processes those of the laboratory are where we are root: `nobody`. */
export const strangerId = 65_534

export const isRoot: boolean = process.getuid?.() === 0

/**
 * A command line that runs another one with processes and network of its own, as a user who may do nothing. Killing
 * the outermost process ends all in it, and it ends with us, however we end. libvirtd as root would use the machine's
 * own folders, so it must not be root.
 */
export function apartFromTheMachine(command: readonly string[]): readonly [string, ...string[]] {
  const namespaces = ['--pid', '--fork', '--kill-child', '--mount-proc', '--net', '--ipc']
  const user = isRoot ? [] : ['--user', '--map-current-user']
  const ids = [`--reuid=${strangerId}`, `--regid=${strangerId}`, '--clear-groups']
  const untilWeEnd = ['setpriv', '--pdeathsig', 'KILL'] as const
  // Another user forgets with whom it was to end, so that is said again.
  return [...untilWeEnd, 'unshare', ...user, ...namespaces, ...untilWeEnd, ...(isRoot ? ids : []), ...command]
}
