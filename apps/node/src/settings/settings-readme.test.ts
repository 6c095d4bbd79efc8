import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { exampleFile, explainedSetting, explainedSettings, settingsMarkdown } from './settings-explanation.ts'
import { readFileTexts } from './file-texts.ts'
import { settingsOf } from './settings.ts'
import { mayBeOf, type Setting } from './setting.ts'
import { fallbackValue } from './settings-reader.ts'
import { valueOf } from './setting-value.ts'

const readme = fileURLToPath(new URL('../../README.md', import.meta.url))

/** Without what only makes a table look well. */
function cellsOf(table: string): readonly (readonly string[])[] {
  return table.split('\n').map((row) => row.split('|').map((cell) => cell.trim().replace(/^-+$/, '-')))
}

test('the table of the README is what the settings say: UPDATE=1 writes it, then format the file', async () => {
  const text = await readFile(readme, 'utf8')
  const begin = text.indexOf('\n|', text.indexOf('\n## Settings')) + 1
  const end = text.indexOf('\n\n', begin)
  const isUpdate = process.env['UPDATE'] === '1'
  if (isUpdate) await writeFile(readme, text.slice(0, begin) + settingsMarkdown() + text.slice(end))
  expect(isUpdate ? [] : cellsOf(text.slice(begin, end))).toEqual(isUpdate ? [] : cellsOf(settingsMarkdown()))
})

test('the example says nothing as it is, and is right where it is taken at its word', () => {
  const table = settingsOf('')
  expect(readFileTexts('example', exampleFile(), table)).toEqual({ given: new Map(), problems: [] })
  const spoken = exampleFile().replaceAll(/^#(?=[a-z-]+:)/gm, '')
  const { given, problems } = readFileTexts('example', spoken, table)
  expect(problems).toEqual([])
  const inFile = table.filter(({ notIn = [] }) => !notIn.includes('file'))
  expect([...given.keys()]).toEqual(inFile.map(({ name }) => name))
  for (const setting of inFile) {
    expect(valueOf(setting, given.get(setting.name)?.texts ?? [], undefined)).toHaveProperty('value')
  }
})

test.each(settingsOf('').map((setting): [string, Setting] => [setting.name, setting]))('%s is whole', (_, setting) => {
  expect(setting.name).toMatch(/^[a-z]+(-[a-z]+)*$/)
  expect(setting.description).toMatch(/^[^A-Z].*[^.]$/)
  expect(mayBeOf(setting)).not.toBe('')
  expect(setting.placeholder === '').toBe(setting.type === 'switch')
  expect(() => fallbackValue(setting)).not.toThrow()
  // Nothing at all is no answer to what holds when nobody says anything.
  expect(setting.fallbackShown ?? setting.fallback).not.toBe('')
})

test('one is explained by its name, its flag or its variable', () => {
  const explained = explainedSettings().find(({ name }) => name === 'log-level')
  for (const called of ['log-level', '--log-level', 'FLOTILLA_LOG_LEVEL']) {
    expect(explainedSetting(called)).toEqual(explained)
  }
  expect(explained).toMatchObject({ mayBe: 'trace, debug, info, warn or error', default: 'info', live: true })
  expect(() => explainedSetting('loglevel')).toThrow('there is no setting "loglevel"')
})
