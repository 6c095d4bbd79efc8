import { expect, test } from 'vitest'
import { startChild, type Child } from './node-child-process.ts'

function echo(): Promise<Child> {
  return startChild(new URL('../../programs/node-echo-program.ts', import.meta.url))
}

test('a child answers what it is asked, bytes included, and says what failed', async () => {
  const child = await echo()
  const [one, other] = [child.ask('echo', { bytes: Uint8Array.of(1, 2) }), child.ask('echo', 'x')]
  expect(await one).toEqual({ bytes: Uint8Array.of(1, 2) })
  expect(await other).toBe('x')
  expect(await child.ask('cpuMs')).toBeGreaterThan(0)
  expect(await child.ask('heldBytes')).toBeGreaterThan(0)
  await expect(child.ask('fail', 'no luck')).rejects.toThrow('node-echo-program.ts: Error: no luck')
  await expect(child.ask('dance')).rejects.toThrow('there is no order dance')
  await child.stop()
})

test('whoever waits for a child that was killed is told, and so is whoever asks it later', async () => {
  const child = await echo()
  const waiting = child.ask('never')
  await child.kill()
  await expect(waiting).rejects.toThrow('node-echo-program.ts has ended (SIGKILL)')
  await expect(child.ask('echo')).rejects.toThrow('has ended')
  await child.stop()
})

test('a child that sleeps answers when it is woken', async () => {
  const child = await echo()
  child.signal('SIGSTOP')
  const answer = child.ask('echo', 'x')
  child.signal('SIGCONT')
  expect(await answer).toBe('x')
  await child.stop()
})

test('a child that does not start is an error', async () => {
  await expect(startChild(new URL('no-such-program.ts', import.meta.url))).rejects.toThrow('did not start')
})

test('a tally is reached when as much has come as it was armed with', async () => {
  const child = await echo()
  await child.ask('add', 100) // Before it was armed: nothing.
  await child.ask('arm', 3)
  const reached = child.ask('reached')
  await child.ask('add', 2)
  const between = await Promise.race([reached, child.ask('echo', 'not yet')])
  await child.ask('add', 1)
  expect([between, await reached]).toEqual(['not yet', undefined])
  await child.stop()
})
