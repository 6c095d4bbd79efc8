import type { QgaSystem } from '../../qga/contract.ts'
import type { LinuxMount } from './parsing/mounts.ts'
import { parseTrimmed } from './parsing/said.ts'
import type { SystemPrograms } from './system-programs.ts'

type Trimmed = Awaited<ReturnType<NonNullable<QgaSystem['trim']>>>

/** One file system after the other, each once; one that fails does not keep the others from it. */
export async function trimAll(
  programs: SystemPrograms,
  mounts: readonly LinuxMount[],
  minimumBytes: number,
  timeoutMs: number,
): Promise<Trimmed> {
  const outcomes: Trimmed[number][] = []
  const trimmed = new Set<string>()
  for (const { path, deviceNumber, isReadOnly } of mounts) {
    if (isReadOnly || trimmed.has(deviceNumber)) continue
    trimmed.add(deviceNumber)
    const { isDone, said, complaint } = await programs.run({
      path: 'fstrim',
      arguments: ['-v', ...(minimumBytes > 0 ? ['-m', String(minimumBytes)] : []), path],
      package: 'util-linux',
      timeoutMs,
    })
    const trimmedBytes = isDone ? parseTrimmed(said) : undefined
    if (isDone) outcomes.push({ path, minimumBytes, ...(trimmedBytes === undefined ? {} : { trimmedBytes }) })
    else outcomes.push({ path, error: complaint.includes('not supported') ? 'trim not supported' : complaint })
  }
  return outcomes
}
