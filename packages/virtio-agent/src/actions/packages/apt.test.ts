import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { ProgressPiece } from '../../contract.ts'
import { programRunner } from '../../execution/node-program-runner.ts'
import { ScriptedRunner, type ScriptedAnswer } from '../../testing/scripted-runner.ts'
import { apt, foundByApt, installedByDpkg, newerByApt, policiesByApt } from './apt.ts'
import { openPackageManager } from './node-packages.ts'
import { programmedPackages } from './programmed-packages.ts'

const signal = new AbortController().signal
const run = { signal, progress: () => {} }

const policy = `nano:
  Installed: (none)
  Candidate: 7.2-1+deb12u1
  Version table:
     7.2-1+deb12u1 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
bash:
  Installed: 5.2.15-2+b8
  Candidate: 5.2.15-2+b13
  Version table:
 *** 5.2.15-2+b8 100
        100 /var/lib/dpkg/status
g++:
  Installed: 4:12.2.0-3
  Candidate: 4:12.2.0-3
mail-transport-agent:
  Installed: (none)
  Candidate: (none)
  Version table:
`

/** apt, as this machine's has answered; `apt-get` says what it is told to. */
function scripted(answer: ScriptedAnswer = {}): ScriptedRunner {
  return new ScriptedRunner(({ path, arguments: [first] }) => {
    if (path === 'dpkg-query') return { stdout: 'bash\t5.2.15-2+b8\tii \tamd64\nold\t1\trc \tall\n' }
    if (path === 'apt-cache') return { stdout: first === 'policy' ? policy : 'nano - small editor\nbash - shell\n' }
    if (first === '-s') return { stdout: 'Inst bash [5.2.15-2+b8] (5.2.15-2+b13 Debian:12.15/oldstable [amd64])\n' }
    return answer
  })
}

describe('what apt says', () => {
  test('is read', () => {
    const rows = [
      'adduser\t3.134\tii \tall',
      'libc6\t2.36\tii \tamd64',
      'libc6\t2.36\tii \ti386',
      'held\t1\thi \tall',
      '',
    ]
    expect(installedByDpkg(rows.join('\n')).map(({ name }) => name)).toEqual([
      'adduser',
      'libc6:amd64',
      'libc6:i386',
      'held',
    ])
    expect([...newerByApt('Inst a [1] (2 X [all])\nConf a (2 X [all])\nInst new (3 X [all])\n')]).toEqual([['a', '2']])
    expect(foundByApt('g++ - GNU C++ compiler\nnano - a - b\n').map(({ name }) => name)).toEqual(['g++', 'nano'])
    expect(policiesByApt(policy)).toEqual([
      { name: 'nano', version: '7.2-1+deb12u1', isInstalled: false },
      { name: 'bash', version: '5.2.15-2+b8', isInstalled: true, newerVersion: '5.2.15-2+b13' },
      { name: 'g++', version: '4:12.2.0-3', isInstalled: true },
    ])
  })

  test('makes the lists', async () => {
    const packages = programmedPackages(scripted(), apt)
    const bash = { name: 'bash', version: '5.2.15-2+b8', isInstalled: true, newerVersion: '5.2.15-2+b13' }
    expect(await packages.list(signal)).toEqual([bash])
    expect(await packages.search('g++ text', signal)).toEqual([
      { name: 'nano', version: '7.2-1+deb12u1', isInstalled: false },
      bash,
    ])
    const runner = scripted()
    await programmedPackages(runner, apt).search('g++ a.b', signal)
    expect(runner.lines[0]).toBe('apt-cache search -- g\\+\\+ a\\.b')
  })

  test('hides nothing that is installed where the index is broken', async () => {
    const broken = new ScriptedRunner(({ path }) =>
      path === 'dpkg-query' ? { stdout: 'a\t1\tii \tall\n' } : undefined,
    )
    expect(await programmedPackages(broken, apt).list(signal)).toEqual([{ name: 'a', version: '1', isInstalled: true }])
  })
})

describe('what apt does', () => {
  const words = '-y -q -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold'

  test('is one package at a time, downloaded first, with nobody to ask', async () => {
    const runner = scripted({ stdout: 'Setting up nano\n' })
    const pieces: ProgressPiece[] = []
    const packages = programmedPackages(runner, apt)
    await packages.act(['nano'], 'install', { signal, progress: (piece) => void pieces.push(piece) })
    expect(runner.lines).toEqual([
      'apt-cache policy -- nano',
      `apt-get ${words} --download-only --no-remove install -- nano`,
      `apt-get ${words} --no-remove install -- nano`,
    ])
    expect(runner.ran[1]?.environment).toContain('DEBIAN_FRONTEND=noninteractive')
    expect(pieces).toHaveLength(2)
  })

  test('is to remove and to bring up to date', async () => {
    const runner = scripted()
    const packages = programmedPackages(runner, apt)
    await packages.act(['bash'], 'remove', run)
    await packages.act(['bash'], 'update', run)
    await packages.act([], 'update', run)
    expect(runner.lines.filter((line) => !line.startsWith('apt-cache'))).toEqual([
      `apt-get ${words} remove -- bash`,
      `apt-get ${words} update`,
      `apt-get ${words} --download-only --no-remove install --only-upgrade -- bash`,
      `apt-get ${words} --no-remove install --only-upgrade -- bash`,
      `apt-get ${words} update`,
      `apt-get ${words} --download-only --no-remove upgrade`,
      `apt-get ${words} --no-remove upgrade`,
    ])
  })

  test('is never the opposite of what was asked, nor what a pattern finds', async () => {
    const runner = scripted()
    const packages = programmedPackages(runner, apt)
    for (const name of ['nano-', 'nano-=1', 'Nano', 'nano=1=2', 'x', 'ba.h', 'mail-transport-agent', 'nano+']) {
      await expect(packages.act([name], 'install', run)).rejects.toMatchObject({ name: 'FlotillaError' })
      await expect(packages.act([name], 'remove', run)).rejects.toMatchObject({ name: 'FlotillaError' })
    }
    const opposite = scripted()
    for (const name of ['nano-', 'nano-=1', 'nano=1-', 'Nano', 'nano=1=2']) {
      const done = programmedPackages(opposite, apt).act([name], 'install', run)
      await expect(done).rejects.toMatchObject({ code: 'wrong-arguments' })
    }
    expect(opposite.ran).toEqual([])
    await expect(packages.act(['nano'], 'remove', run)).rejects.toMatchObject({ code: 'not-found' })
    await expect(packages.act(['nano'], 'update', run)).rejects.toMatchObject({ code: 'not-found' })
    await expect(packages.act(['nano=7.2'], 'remove', run)).rejects.toMatchObject({ code: 'wrong-arguments' })
    await expect(packages.act(['bash', 'ba.h'], 'remove', run)).rejects.toMatchObject({ code: 'not-found' })
    expect(runner.lines.filter((line) => line.startsWith('apt-get'))).toEqual([])
    await packages.act(['g++'], 'remove', run)
    expect(runner.lines.at(-1)).toBe(`apt-get ${words} remove -- g++`)
  })

  test('fails with what to do about it', async () => {
    const held = 'Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 23820 (python3)'
    const said: readonly (readonly [string, string, string])[] = [
      [
        `E: ${held}\nE: Unable to acquire the dpkg frontend lock, is another process using it?\n`,
        'failed',
        `apt is in use by another program: ${held}: try again when it is done`,
      ],
      [
        "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.\n",
        'failed',
        'an earlier run of dpkg was interrupted: run dpkg --configure -a',
      ],
      ['E: Unable to locate package nano\n', 'not-found', 'Unable to locate package'],
      ['E: Packages need to be removed but remove is disabled.\n', 'failed', 'remove is disabled'],
    ]
    for (const [stderr, code, sentence] of said) {
      const done = programmedPackages(scripted({ exitCode: 100, stderr }), apt).act(['nano'], 'install', run)
      const error = await done.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject({ code, sentence: expect.stringContaining(sentence) as string })
    }
  })

  test('can be given up while it downloads, and not while it unpacks', async () => {
    const abort = new AbortController()
    const hanging = scripted({ hangs: true })
    const fetching = programmedPackages(hanging, apt).act(['nano'], 'install', { ...run, signal: abort.signal })
    await expect.poll(() => hanging.ran.length).toBe(2)
    abort.abort(new Error('not wanted'))
    await expect(fetching).rejects.toThrow('not wanted')
    const other = new AbortController()
    const runner = scripted({ hangs: true })
    const removing = programmedPackages(runner, apt).act(['bash'], 'remove', { ...run, signal: other.signal })
    await expect.poll(() => runner.ran.length).toBe(2)
    other.abort(new Error('not wanted'))
    let isOver = false
    void removing.catch(() => {}).finally(() => (isOver = true))
    for (let round = 0; round < 100; round++) await Promise.resolve()
    expect(isOver).toBe(false)
  })

  test('is one order after the other', async () => {
    const runner = scripted()
    const packages = programmedPackages(runner, apt)
    await Promise.all([packages.act(['nano'], 'install', run), packages.act(['bash'], 'remove', run)])
    expect(runner.lines.map((line) => line.split(' ').at(-1))).toEqual(['nano', 'nano', 'nano', 'bash', 'bash'])
    const failing = programmedPackages(scripted({ exitCode: 100 }), apt)
    const both = await Promise.allSettled([failing.act(['nano'], 'install', run), failing.act(['bash'], 'remove', run)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})

describe.skipIf(!existsSync('/usr/bin/apt-get'))('apt of this machine', () => {
  test('lists what is installed, and finds', { timeout: 120_000 }, async () => {
    await using runner = programRunner({ groups: 'none' })
    const packages = openPackageManager({ runner })
    expect(packages?.name).toBe('apt')
    const found = (await packages?.list(signal)) ?? []
    expect(found.find(({ name }) => name === 'dpkg')).toMatchObject({ isInstalled: true })
    expect(found.length).toBeGreaterThan(50)
    const dpkg = (await packages?.search('dpkg', signal)) ?? []
    expect(dpkg.find(({ name }) => name === 'dpkg')).toMatchObject({ isInstalled: true })
    const missing = packages?.act(['no-such-package-here'], 'install', run)
    await expect(missing).rejects.toMatchObject({ code: 'not-found' })
  })

  test('takes the words that it is given, though only to pretend', { timeout: 120_000 }, async () => {
    await using runner = programRunner({ groups: 'none' })
    const pretending = {
      ...apt,
      steps: (...given: Parameters<typeof apt.steps>) =>
        apt.steps(...given).flatMap((step) => {
          const isFetch = step.arguments.includes('--download-only') || step.arguments.includes('update')
          return isFetch ? [] : [{ ...step, arguments: ['--simulate', ...step.arguments] }]
        }),
    }
    const packages = programmedPackages(runner, pretending)
    const text: string[] = []
    const progress = (piece: ProgressPiece): void => {
      if (piece.type === 'output') text.push(new TextDecoder().decode(piece.bytes))
    }
    // A package that is there already, so that it needs no index.
    await packages.act(['dpkg'], 'install', { signal, progress })
    expect(text.join('')).toMatch(/dpkg|upgraded/)
  })
})
