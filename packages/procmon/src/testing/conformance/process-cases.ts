import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import type { ProcessesReading, ProcessReading } from '../../readings.ts'
import type { SourceCase } from './suite.ts'

export const processCases: Readonly<Record<string, SourceCase>> = Object.freeze({
  'a process that runs is listed, with what one knows of it': async ({ source, running }) => {
    const reading = await source.processes()
    const { bootId } = await source.system()
    const found = process(reading, running.pid)
    strictEqual(found.bootId, bootId)
    ok(found.name !== '' && found.command !== '' && found.user !== '', 'it has a name, a command and a user')
    ok(found.threads >= 1 && found.residentBytes > 0, 'it has threads and memory')
    ok(found.startedAtMs > 0, 'it was started some time')
  },
  'no number is listed twice, and the sum is of all': async ({ source }) => {
    const { processes, total } = await source.processes()
    strictEqual(new Set(processes.map(({ pid }) => pid)).size, processes.length)
    ok(total >= processes.length, `${processes.length} of ${total}`)
    for (const { pid, parent, processorMs, residentBytes, privateBytes } of processes) {
      ok(Number.isInteger(pid) && pid >= 0 && Number.isInteger(parent) && parent >= 0, `${pid} under ${parent}`)
      ok(processorMs >= 0 && residentBytes >= 0, `${pid} took ${processorMs} ms and ${residentBytes} bytes`)
      ok(privateBytes === undefined || privateBytes <= residentBytes, `${pid} has more for itself than in all`)
    }
  },
  'a process is the same in every reading, and its time does not fall': async ({ source, running, pass }) => {
    const before = process(await source.processes(), running.pid)
    await pass()
    const now = process(await source.processes(), running.pid)
    const identity = ({ bootId, pid, startTicks }: ProcessReading) => ({ bootId, pid, startTicks })
    deepStrictEqual(identity(now), identity(before))
    ok(now.processorMs >= before.processorMs, 'its time fell')
  },
  'detail is read of those that were asked for only': async ({ source, running }) => {
    const isDetailed = ({ openFiles, readBytes }: ProcessReading) => openFiles !== undefined || readBytes !== undefined
    const none = await source.processes()
    deepStrictEqual(none.processes.filter(isDetailed), [])
    const one = await source.processes({ detail: new Set([running.pid]) })
    deepStrictEqual(
      one.processes.filter(isDetailed).map(({ pid }) => pid),
      [running.pid],
    )
    const all = await source.processes({ detail: 'all' })
    ok(isDetailed(process(all, running.pid)), 'all have detail, as far as we may know it')
  },
})

function process({ processes }: ProcessesReading, wanted: number): ProcessReading {
  const found = processes.find(({ pid }) => pid === wanted)
  ok(found !== undefined, `process ${wanted} runs, and is not listed`)
  return found
}
