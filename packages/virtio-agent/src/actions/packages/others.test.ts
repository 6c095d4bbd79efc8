import { describe, expect, test } from 'vitest'
import { ScriptedRunner, type ScriptedAnswer } from '../../testing/scripted-runner.ts'
import { apk } from './apk.ts'
import type { PackageDialect } from './dialect.ts'
import { dnf } from './dnf.ts'
import { pacman } from './pacman.ts'
import { programmedPackages } from './programmed-packages.ts'

const signal = new AbortController().signal
const run = { signal, progress: () => {} }

function runner(answers: Readonly<Record<string, ScriptedAnswer>>): ScriptedRunner {
  return new ScriptedRunner(({ path, arguments: given }) => {
    const line = [path, ...given].join(' ')
    const found = Object.keys(answers).find((start) => line.startsWith(start))
    return found === undefined ? {} : answers[found]
  })
}

/** The command lines of each act, without what is only asked. */
async function acts(
  dialect: PackageDialect,
  answers: Readonly<Record<string, ScriptedAnswer>>,
): Promise<readonly string[]> {
  const scripted = runner(answers)
  const packages = programmedPackages(scripted, dialect)
  await packages.act(['nano'], 'install', run)
  await packages.act(['nano'], 'remove', run)
  await packages.act(['nano'], 'update', run)
  await packages.act([], 'update', run)
  return scripted.lines
}

async function refusals(dialect: PackageDialect, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const scripted = runner({})
    const done = programmedPackages(scripted, dialect).act([name], 'install', run)
    await expect(done).rejects.toMatchObject({ code: 'wrong-arguments' })
    expect(scripted.ran).toEqual([])
  }
}

async function failureOf(dialect: PackageDialect, answer: ScriptedAnswer): Promise<unknown> {
  return programmedPackages(new ScriptedRunner(() => answer), dialect)
    .act(['nano'], 'install', run)
    .catch((error: unknown) => error)
}

describe('dnf', () => {
  const answers = {
    'rpm --query --all': { stdout: 'bash\t5.2.15-3.fc40\tx86_64\ngpg-pubkey\ta15b79cc-63d04c2c\t(none)\n' },
    'rpm --query --queryformat %{NAME}\\n -- nano': { stdout: 'nano\n' },
    'rpm --query': { stdout: 'package gone is not installed\n', exitCode: 1 },
    'dnf -q -C check-update': {
      exitCode: 100,
      stdout: `
bash.x86_64                       5.2.26-3.fc40                       updates
kernel-core.x86_64                6.8.9-300.fc40                      updates
Obsoleting Packages
new.noarch                        2-1.fc40                            updates
    old.noarch                    1-1.fc40                            @System
`,
    },
    'dnf -q repoquery': { stdout: 'nano\t7.2-6.fc40\n\nnano\t7.2-7.fc40\nnano-default-editor\t7.2-7.fc40\n' },
  }

  test('lists and finds', async () => {
    const packages = programmedPackages(runner(answers), dnf)
    expect(await packages.list(signal)).toEqual([
      { name: 'bash', version: '5.2.15-3.fc40', isInstalled: true, newerVersion: '5.2.26-3.fc40' },
    ])
    expect(await packages.search('nano', signal)).toEqual([
      { name: 'nano', version: '7.2-7.fc40', isInstalled: false },
      { name: 'nano-default-editor', version: '7.2-7.fc40', isInstalled: false },
    ])
  })

  test('installs, removes and updates', async () => {
    expect((await acts(dnf, answers)).filter((line) => line.startsWith('dnf'))).toEqual([
      'dnf -y install --downloadonly -- nano',
      'dnf -y install -- nano',
      'dnf -y remove -- nano',
      'dnf -y upgrade --downloadonly -- nano',
      'dnf -y upgrade -- nano',
      'dnf -y upgrade --downloadonly',
      'dnf -y upgrade',
    ])
    await refusals(dnf, ['@group', 'a*', 'a=1', '-y', '/usr/bin/id'])
    const gone = programmedPackages(runner(answers), dnf).act(['gone'], 'remove', run)
    await expect(gone).rejects.toMatchObject({ code: 'not-found' })
    const missing = { exitCode: 1, stderr: 'Error: Unable to find a match: nano\n' }
    expect(await failureOf(dnf, missing)).toMatchObject({ code: 'not-found' })
    expect(await failureOf(dnf, { exitCode: 1, stderr: 'Curl error' })).toMatchObject({ code: 'failed' })
  })
})

describe('apk', () => {
  const answers = {
    'apk list --installed': {
      stdout: `alpine-baselayout-data-3.4.3-r2 x86_64 {alpine-baselayout} (GPL-2.0-only) [installed]
busybox-1.36.1-r15 x86_64 {busybox} (GPL-2.0-only) [installed]
WARNING: opening from cache: No such file or directory
`,
    },
    'apk version': {
      stdout: `Installed:                                Available:
busybox-1.36.1-r15                      < 1.36.1-r20
`,
    },
    'apk search -- nano': { stdout: 'nano-7.2-r1\nnano-syntax-7.2-r1\nlibnanomsg-1.2-r0\n' },
    'apk info --installed -- nano': { stdout: 'nano\n' },
    'apk info --installed': { exitCode: 1 },
  }

  test('lists and finds', async () => {
    const packages = programmedPackages(runner(answers), apk)
    expect(await packages.list(signal)).toEqual([
      { name: 'alpine-baselayout-data', version: '3.4.3-r2', isInstalled: true },
      { name: 'busybox', version: '1.36.1-r15', isInstalled: true, newerVersion: '1.36.1-r20' },
    ])
    expect((await packages.search('nano syntax', signal)).map(({ name }) => name)).toEqual(['nano-syntax'])
  })

  test('installs, removes and updates', async () => {
    const quiet = 'apk --no-interactive --no-progress'
    expect((await acts(apk, answers)).filter((line) => line.startsWith(quiet))).toEqual([
      `${quiet} update`,
      `${quiet} add -- nano`,
      `${quiet} del -- nano`,
      `${quiet} update`,
      `${quiet} add --upgrade -- nano`,
      `${quiet} update`,
      `${quiet} upgrade`,
    ])
    await refusals(apk, ['!nano', 'nano>1', 'nano@edge', '-f', '.x'])
    const gone = programmedPackages(runner(answers), apk).act(['gone'], 'update', run)
    await expect(gone).rejects.toMatchObject({ code: 'not-found' })
    const missing = { exitCode: 1, stdout: 'ERROR: unable to select packages:\n  nano (no such package):\n' }
    expect(await failureOf(apk, missing)).toMatchObject({ code: 'not-found' })
    const held = { exitCode: 99, stderr: 'ERROR: Unable to lock database: Resource temporarily unavailable' }
    expect(await failureOf(apk, held)).toMatchObject({ code: 'failed', message: 'apk is in use by another program' })
  })
})

describe('pacman', () => {
  const answers = {
    'pacman -Qu': { stdout: 'bash 5.2.015-1 -> 5.2.026-2\nlinux 6.8-1 -> 6.9-1 [ignored]\n' },
    'pacman -Qq -- nano': { stdout: 'nano\n' },
    'pacman -Qq': { exitCode: 1, stderr: "error: package 'gone' was not found\n" },
    'pacman -Q': { stdout: 'bash 5.2.015-1\nnano 8.0-1\n' },
    'pacman -Ss': {
      stdout: `core/bash 5.2.026-2 (base-devel) [installed: 5.2.015-1]
    The GNU Bourne Again shell
core/nano 8.0-1 [installed]
    Pico editor clone with enhancements
extra/nano-syntax 1.0-1
    Syntax
`,
    },
  }

  test('lists and finds', async () => {
    const packages = programmedPackages(runner(answers), pacman)
    expect(await packages.list(signal)).toEqual([
      { name: 'bash', version: '5.2.015-1', isInstalled: true, newerVersion: '5.2.026-2' },
      { name: 'nano', version: '8.0-1', isInstalled: true },
    ])
    expect(await packages.search('nano', signal)).toEqual([
      { name: 'bash', version: '5.2.015-1', isInstalled: true, newerVersion: '5.2.026-2' },
      { name: 'nano', version: '8.0-1', isInstalled: true },
      { name: 'nano-syntax', version: '1.0-1', isInstalled: false },
    ])
    const none = runner({ pacman: { exitCode: 1 } })
    expect(await programmedPackages(none, pacman).search('g++', signal)).toEqual([])
    expect(none.lines).toEqual(['pacman -Ss -- g\\+\\+'])
  })

  test('installs, removes and updates', async () => {
    const quiet = '--noconfirm --noprogressbar'
    expect((await acts(pacman, answers)).filter((line) => line.includes('--noconfirm'))).toEqual([
      `pacman -Sw ${quiet} -- nano`,
      `pacman -S ${quiet} -- nano`,
      `pacman -R ${quiet} -- nano`,
      `pacman -Sw ${quiet} -- nano`,
      `pacman -S ${quiet} -- nano`,
      `pacman -Syuw ${quiet}`,
      `pacman -Su ${quiet}`,
    ])
    await refusals(pacman, ['a=1', 'core/nano', '-S', 'a>1'])
    const gone = programmedPackages(runner(answers), pacman).act(['gone'], 'remove', run)
    await expect(gone).rejects.toMatchObject({ code: 'not-found' })
    const missing = { exitCode: 1, stderr: 'error: target not found: nano\n' }
    expect(await failureOf(pacman, missing)).toMatchObject({ code: 'not-found' })
    const held = { exitCode: 1, stderr: 'error: failed to init transaction (unable to lock database)' }
    expect(await failureOf(pacman, held)).toMatchObject({ message: 'pacman is in use by another program' })
  })
})
