import { QgaRefusal, type QgaSystem } from '../../qga/contract.ts'
import { numberedIn, type MachineFiles } from './machine-files.ts'

const processors = '/sys/devices/system/cpu'
const memory = '/sys/devices/system/memory'

type Hardware = Pick<QgaSystem, 'vcpus' | 'setVcpus' | 'memoryBlocks' | 'setMemoryBlocks' | 'memoryBlockBytes'>

export interface HardwareLimits {
  readonly listedMax: number
  readonly memoryBlocksMax: number
}

/** Processors and blocks of memory, as far as this kernel lets them be switched. */
export async function hardwareOf(files: MachineFiles, limits: HardwareLimits): Promise<Hardware> {
  const [hasProcessors, blockBytes] = await Promise.all([
    numberedIn(files, processors, 'cpu').then((numbers) => numbers.length > 0),
    blockBytesOf(files),
  ])
  return {
    ...(hasProcessors ? { vcpus: () => vcpusOf(files, limits), setVcpus: (changes) => setVcpus(files, changes) } : {}),
    ...(blockBytes === undefined
      ? {}
      : {
          memoryBlocks: () => memoryBlocksOf(files, limits),
          setMemoryBlocks: (changes) => setMemoryBlocks(files, changes),
          memoryBlockBytes: () => Promise.resolve(blockBytes),
        }),
  }
}

type Vcpus = Awaited<ReturnType<NonNullable<QgaSystem['vcpus']>>>

async function vcpusOf(files: MachineFiles, { listedMax }: HardwareLimits): Promise<Vcpus> {
  const numbers = (await numberedIn(files, processors, 'cpu')).slice(0, listedMax)
  return Promise.all(
    numbers.map(async (id) => {
      // Without the file it cannot be switched off, as most often the first one.
      const state = (await files.text(`${processors}/cpu${id}/online`))?.trim()
      return { id, isOnline: state === undefined || state === '1', canOffline: state !== undefined }
    }),
  )
}

async function setVcpus(
  files: MachineFiles,
  changes: Parameters<NonNullable<QgaSystem['setVcpus']>>[0],
): Promise<number> {
  let done = 0
  for (const { id, isOnline } of changes) {
    try {
      await setVcpu(files, id, isOnline)
    } catch (error) {
      // What was done is told; whoever asks again for the rest is told why.
      if (done > 0) return done
      throw error
    }
    done++
  }
  return done
}

async function setVcpu(files: MachineFiles, id: number, isOnline: boolean): Promise<void> {
  const file = `${processors}/cpu${id}/online`
  const known = await numberedIn(files, processors, 'cpu')
  if (!known.includes(id)) throw new QgaRefusal(`this machine has no processor ${id}`)
  const state = (await files.text(file))?.trim()
  if (state === undefined && !isOnline) throw new QgaRefusal(`processor ${id} cannot be switched off`)
  if (state === undefined || (state === '1') === isOnline) return
  await files.write(file, isOnline ? '1' : '0').catch((cause: unknown) => {
    throw new QgaRefusal(`processor ${id} could not be switched ${isOnline ? 'on' : 'off'}: ${wordsOf(cause)}`, {
      cause,
    })
  })
}

/** In hexadecimal, without anything before it. */
async function blockBytesOf(files: MachineFiles): Promise<number | undefined> {
  const text = (await files.text(`${memory}/block_size_bytes`))?.trim()
  return text !== undefined && /^[0-9a-f]{1,13}$/i.test(text) ? Number.parseInt(text, 16) : undefined
}

type MemoryBlocks = Awaited<ReturnType<NonNullable<QgaSystem['memoryBlocks']>>>

async function memoryBlocksOf(files: MachineFiles, { memoryBlocksMax }: HardwareLimits): Promise<MemoryBlocks> {
  const blocks: MemoryBlocks[number][] = []
  for (const index of (await numberedIn(files, memory, 'memory')).slice(0, memoryBlocksMax)) {
    const [state, removable] = await Promise.all([
      files.text(`${memory}/memory${index}/state`),
      files.text(`${memory}/memory${index}/removable`),
    ])
    if (state === undefined) continue
    blocks.push({ index, isOnline: state.trim() === 'online', canOffline: removable?.trim() !== '0' })
  }
  return blocks
}

type BlockOutcome = Awaited<ReturnType<NonNullable<QgaSystem['setMemoryBlocks']>>>[number]

async function setMemoryBlocks(
  files: MachineFiles,
  changes: Parameters<NonNullable<QgaSystem['setMemoryBlocks']>>[0],
): Promise<readonly BlockOutcome[]> {
  const outcomes: BlockOutcome[] = []
  for (const { index, isOnline } of changes) outcomes.push(await setMemoryBlock(files, index, isOnline))
  return outcomes
}

async function setMemoryBlock(files: MachineFiles, index: number, isOnline: boolean): Promise<BlockOutcome> {
  const folder = `${memory}/memory${index}`
  const state = (await files.text(`${folder}/state`))?.trim()
  if (state === undefined) return { index, outcome: 'not-found' }
  if ((state === 'online') === isOnline) return { index, outcome: 'success' }
  const removable = (await files.text(`${folder}/removable`))?.trim()
  if (!isOnline && removable === '0') return { index, outcome: 'operation-not-supported' }
  try {
    await files.write(`${folder}/state`, isOnline ? 'online' : 'offline')
    return { index, outcome: 'success' }
  } catch (error) {
    const number = (error as { readonly errno?: unknown }).errno
    return {
      index,
      outcome: 'operation-failed',
      ...(typeof number === 'number' ? { errorNumber: Math.abs(number) } : {}),
    }
  }
}

/** What the system says, as one line. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/\s+/g, ' ').trim().slice(0, 512)
}
