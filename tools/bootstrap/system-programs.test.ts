import { expect, test } from 'vitest'
import { whyNotInstallable } from './system-programs.mjs'

test.each([
  [{ os: 'linux', userId: 0, hasApt: true }, undefined],
  [{ os: 'linux', userId: 1000, hasApt: true }, 'only root may run apt-get'],
  [{ os: 'linux', userId: 0, hasApt: false }, 'this system has no apt-get'],
  [{ os: 'darwin', userId: 0, hasApt: false }, 'this system has no apt-get'],
])('on %o programs may be installed unless %s', (machine, why) => {
  expect(whyNotInstallable(machine)).toBe(why)
})
