import { FlotillaError } from '@flotilla/core/errors'

/** That number is nobody's, or another one's by now. */
export function gone(pid: number): FlotillaError {
  return new FlotillaError('not-found', `the process that had the number ${pid} has ended`, {
    hint: 'list the processes again',
  })
}

/** The one that would carry the order out. */
export function ownProcess(pid: number): FlotillaError {
  return new FlotillaError('refused', `process ${pid} is the node itself; it is not touched from here`, {
    hint: 'stop it as a service, or with Ctrl-C where it was started',
  })
}

/** What the system says when a process is touched, as a code and a sentence. */
export function explainedRefusal(pid: number, error: unknown): unknown {
  if (error instanceof FlotillaError) return error
  const { code, info } = error as { readonly code?: unknown; readonly info?: { readonly code?: unknown } }
  switch (code === 'ERR_SYSTEM_ERROR' ? info?.code : code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ESRCH':
      return gone(pid)
    case 'EACCES':
    case 'EPERM':
      return new FlotillaError('not-permitted', `the system does not let us touch process ${pid}`, {
        cause: error,
        hint: 'it takes its owner or root',
      })
    default:
      return error
  }
}
