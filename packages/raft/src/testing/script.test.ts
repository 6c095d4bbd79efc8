import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runScript } from './script.ts'

const folder = new URL('../../testdata/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.txt'))

describe('golden scripts', () => {
  test.each(names)('%s', (name) => {
    const file = new URL(name, folder)
    const text = readFileSync(file, 'utf8')
    const output = runScript(text)
    const isUpdate = process.env['UPDATE'] === '1'
    if (isUpdate) writeFileSync(file, output)
    expect(output).toBe(isUpdate ? output : text)
  })

  test('there are some', () => {
    expect(names.length).toBeGreaterThan(10)
  })

  test('a script says which command it does not know', () => {
    expect(() => runScript('frobnicate 1')).toThrow('"frobnicate" is no command of a script: it knows settings, ')
  })
})
