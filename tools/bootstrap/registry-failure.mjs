import { Problem } from './problem.mjs'

const detailLinesMax = 20

/** What npm and pnpm print, and what a person can do about it; the first match counts. */
const explanations = [
  {
    pattern: /\bENOSPC\b|no space left on device/i,
    what: 'The disk is full.',
    remedy: 'Free about 1 GB and run the same command again; what is there already is kept.',
  },
  {
    pattern: /\bEINTEGRITY\b|ERR_PNPM_TARBALL_INTEGRITY|integrity check(?:sum)? failed/i,
    what: 'The registry sent something else than what this repository pins, so it was not installed.',
    remedy:
      'Run `npm cache clean --force` and try again. If it stays, a proxy or mirror changes packages: ' +
      'find out why before you install anything from it.',
  },
  {
    pattern: /ERR_PNPM_(?:OUTDATED_LOCKFILE|FROZEN_LOCKFILE)/,
    what: 'pnpm-lock.yaml does not fit the package.json files.',
    remedy: 'Whoever changed one of them runs `.tools/bin/pnpm install` and commits the lock file with it.',
  },
  {
    pattern: /\bE40[13]\b|\bENEEDAUTH\b|\b40[13] (?:Unauthorized|Forbidden)|ERR_PNPM_FETCH_40[13]/i,
    what: 'The npm registry refuses to answer (401 or 403).',
    remedy: 'Log in with `npm login`, or ask whoever runs the registry that `npm config get registry` names.',
  },
  {
    pattern: /\bE404\b|\bETARGET\b|ERR_PNPM_FETCH_404|ERR_PNPM_NO_MATCHING_VERSION/,
    what: 'The npm registry does not have a package that this repository pins.',
    remedy: 'If `npm config get registry` names a mirror, it is incomplete: ask whoever runs it, or use another.',
  },
  {
    pattern: /\b(?:SELF_SIGNED_CERT\w*|DEPTH_ZERO_SELF\w*|UNABLE_TO_\w*CERT\w*|CERT_\w+)\b|invalid peer certificate/,
    what: 'The certificate of the npm registry is not trusted by this machine.',
    remedy: 'Tell npm which authority to trust: `npm config set cafile PATH`.',
  },
  {
    pattern: /\b(?:ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|E\w+UNREACH|ERR_SOCKET_TIMEOUT)\b|error sending request/i,
    what: 'The npm registry cannot be reached.',
    remedy:
      'Check the network, `npm config get registry` and `npm config get proxy`, then run the same command again. ' +
      'Only the first run needs the network.',
  },
  {
    pattern: /\b(?:EACCES|EPERM|EROFS)\b|permission denied/i,
    what: 'A file or folder cannot be written.',
    remedy: 'Make this checkout and your npm cache writable for you (were they made by another user?), then try again.',
  },
]

/**
 * Turns what npm or pnpm printed into a sentence that says what to do.
 * @param {string} doing What was tried, as the end of "Could not …".
 * @param {string} output
 * @returns {Problem}
 */
export function explainFailure(doing, output) {
  const { what, remedy } = explanations.find(({ pattern }) => pattern.test(output)) ?? {
    what: 'The program that was asked to do it says why above.',
    remedy: 'Mend that, then run the same command again; a half-finished set-up continues where it can.',
  }
  return new Problem(`Could not ${doing}. ${what}`, remedy, lastLines(output))
}

/** @param {string} output */
function lastLines(output) {
  return output.trimEnd().split('\n').slice(-detailLinesMax).join('\n')
}
