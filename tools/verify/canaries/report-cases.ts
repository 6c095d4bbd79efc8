import { describe, expect, test } from 'vitest'

// One test case of each fate; report-writer.test.ts looks at what the report says of them.
describe('a group', () => {
  test('passes', () => {
    expect(1).toBe(1)
  })
  test('fails', () => {
    expect(1).toBe(2)
  })
})
test('has a reason', (context) => {
  context.skip('chromium is not installed')
})
test('has a reason in full', (context) => {
  context.skip('not run, because qemu is not installed')
})
test.skip('has none', () => {})
test.todo('is planned')
