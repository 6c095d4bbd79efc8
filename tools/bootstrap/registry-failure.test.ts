import { expect, test } from 'vitest'
import { explainFailure } from './registry-failure.mjs'

test.each([
  ['npm error code ENOTFOUND', 'The npm registry cannot be reached.'],
  ['npm error code ECONNREFUSED', 'The npm registry cannot be reached.'],
  ['error sending request: client error (Connect): tcp connect error', 'The npm registry cannot be reached.'],
  ['npm error code E404', 'The npm registry does not have a package that this repository pins.'],
  ['npm error code E403', 'The npm registry refuses to answer (401 or 403).'],
  [
    'npm error code EINTEGRITY',
    'The registry sent something else than what this repository pins, so it was not installed.',
  ],
  ['npm error nospc ENOSPC: no space left on device, write', 'The disk is full.'],
  ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'The certificate of the npm registry is not trusted by this machine.'],
  ['Error: ERR_PNPM_OUTDATED_LOCKFILE', 'pnpm-lock.yaml does not fit the package.json files.'],
  ['npm error code EACCES', 'A file or folder cannot be written.'],
  ['segmentation fault', 'The program that was asked to do it says why above.'],
])('"%s" is explained', (output, what) => {
  const problem = explainFailure('fetch x', output)
  expect(problem.message).toBe(`Could not fetch x. ${what}`)
  expect(problem.remedy).toMatch(/\.$/)
  expect(problem.detail).toBe(output)
})

test('of a long output the end is shown, where programs say why they gave up', () => {
  const output = Array.from({ length: 500 }, (_, index) => `line ${index}`).join('\n')
  const lines = explainFailure('fetch x', output).detail.split('\n')
  expect([lines.length, lines.at(-1)]).toEqual([20, 'line 499'])
})
