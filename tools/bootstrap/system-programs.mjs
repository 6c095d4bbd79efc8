import { existsSync } from 'node:fs'
import { run } from './program.mjs'

/** @typedef {import('./program.mjs').Call} Call */

/**
 * A program of the system that only some tests need.
 * @typedef {object} SystemProgram
 * @property {string} name
 * @property {string} neededBy Which tests, as the subject of a sentence.
 * @property {readonly string[]} paths Where it may lie; the first that exists counts.
 * @property {string} debian The package that has it.
 */

/**
 * The one list of them. A test that needs one and does not find it skips itself with a note that says so.
 * @type {readonly SystemProgram[]}
 */
const systemPrograms = [
  {
    name: 'chromium',
    neededBy: 'the tests that run a browser',
    paths: ['/usr/bin/chromium', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
    debian: 'chromium',
  },
  {
    name: 'ip',
    neededBy: 'the tests in network namespaces',
    paths: ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip', '/bin/ip'],
    debian: 'iproute2',
  },
  {
    name: 'nft',
    neededBy: 'the tests in network namespaces',
    paths: ['/usr/sbin/nft', '/sbin/nft'],
    debian: 'nftables',
  },
  {
    name: 'qemu-system-x86_64',
    neededBy: 'the tests in a real guest',
    paths: ['/usr/bin/qemu-system-x86_64'],
    debian: 'qemu-system-x86',
  },
  {
    name: 'qemu-ga',
    neededBy: 'the comparisons with the original guest agent',
    paths: ['/usr/sbin/qemu-ga', '/usr/bin/qemu-ga'],
    debian: 'qemu-guest-agent',
  },
  {
    name: 'busybox',
    neededBy: 'the tests in a real guest',
    paths: ['/bin/busybox', '/usr/bin/busybox'],
    debian: 'busybox-static',
  },
  {
    name: 'tmux',
    neededBy: 'the tests in a real terminal',
    paths: ['/usr/bin/tmux', '/bin/tmux', '/usr/local/bin/tmux', '/opt/homebrew/bin/tmux'],
    debian: 'tmux',
  },
  {
    name: 'zsh',
    neededBy: 'the completion of commands in zsh',
    paths: ['/usr/bin/zsh', '/bin/zsh', '/usr/local/bin/zsh', '/opt/homebrew/bin/zsh'],
    debian: 'zsh',
  },
  {
    name: 'fish',
    neededBy: 'the completion of commands in fish',
    paths: ['/usr/bin/fish', '/bin/fish', '/usr/local/bin/fish', '/opt/homebrew/bin/fish'],
    debian: 'fish',
  },
]

/** @returns {SystemProgram[]} */
export function missingSystemPrograms() {
  return systemPrograms.filter(({ paths }) => !paths.some((path) => existsSync(path)))
}

/**
 * Why this machine does not let us install programs, or undefined where it does.
 * @param {{ readonly os: string, readonly userId: number, readonly hasApt: boolean }} machine
 * @returns {string | undefined}
 */
export function whyNotInstallable({ os, userId, hasApt }) {
  if (os !== 'linux' || !hasApt) return 'this system has no apt-get'
  return userId === 0 ? undefined : 'only root may run apt-get'
}

/**
 * Installs what is missing where it may. Failing is no problem of the set-up: the tests concerned are then reported as
 * not run.
 * @param {{ readonly progress: import('./progress.mjs').Progress, readonly call: Call }} options
 */
export async function installSystemPrograms({ progress, call }) {
  const missing = missingSystemPrograms()
  if (missing.length === 0) return
  const why = whyNotInstallable({
    os: process.platform,
    userId: process.getuid?.() ?? -1,
    hasApt: existsSync('/usr/bin/apt-get'),
  })
  if (why === undefined)
    await progress.step(`${names(missing)}, with apt-get`, (note) => aptGet(missing, { ...call, onOutput: note }))
  for (const program of missingSystemPrograms()) {
    const reason = why ?? 'apt-get could not install it'
    progress.say(`${program.name} is missing, because ${reason}: ${program.neededBy} will not run.`)
    progress.say(`    To run them, install it (Debian: apt-get install ${program.debian}) and try again.`)
  }
}

/**
 * @param {readonly SystemProgram[]} programs
 * @param {Call} call
 */
async function aptGet(programs, call) {
  const env = { ...call.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Without a network this has to fail soon, not after apt's minutes of trying.
  const patience = ['-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=15', '-o', 'DPkg::Lock::Timeout=60']
  const packages = programs.map(({ debian }) => debian)
  const install = ['install', '--yes', '--no-install-recommends', ...patience, ...packages]
  const update = await run('apt-get', ['update', ...patience], { ...call, env })
  if (update.code === 0) await run('apt-get', install, { ...call, env })
}

/** @param {readonly SystemProgram[]} programs */
function names(programs) {
  return programs.map(({ name }) => name).join(', ')
}
