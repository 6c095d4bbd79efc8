import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { BlobId } from '../../src/types.ts'
import type { Belonging } from './belongings.ts'
import type { LivingNode, MeshTown } from './mesh-town.ts'

/** How often a node asks for a blob in one look, where one lies. */
const getsMax = 20

/** Looks at all nodes in the end: undefined when everything is as it should be, or else what is not. */
export async function inspect(town: MeshTown): Promise<string | undefined> {
  const members = town.members().filter((name) => !town.lost.has(name))
  const nodes = members.map((name) => town.up.get(name))
  const up = nodes.filter((node) => node !== undefined)
  if (up.length < members.length) return 'not everybody is up'
  const [first] = up
  if (first === undefined) return undefined
  const said = await tellAll(first)
  for (const node of up) {
    const other = await tellAll(node)
    if (other !== said) return `${first.name} says ${said}, and ${node.name} ${other}`
    const { blobsShort, copiesSpare, tombstones, blobsOutOfReach } = await node.store.status()
    // What only the lost node had is out of reach for ever, until somebody deletes it.
    const excused = blobsOutOfReach.filter((id) => isExcused(town, id))
    if (blobsShort > excused.length)
      return `${node.name} says that ${blobsShort} blobs are short: ${await whereabouts(town, node)}`
    if (blobsOutOfReach.length > excused.length)
      return `${node.name} says that ${blobsOutOfReach.join()} are out of reach`
    // The last statement of a feed stays, whatever it says.
    if (tombstones > 1) return `${node.name} has ${tombstones} tombstones`
    const kept = copiesSpare
    if (kept > town.belongings.length * town.names.length) return `${kept} copies are spare`
  }
  for (const belonging of town.belongings) {
    const wrong = await inspectOne(town, belonging, up)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

async function tellAll({ store }: LivingNode): Promise<string> {
  const blobs = await store.listIds()
  const names = await store.list()
  return JSON.stringify([
    blobs.map(({ id, names: own }) => [id.slice(0, 6), own]),
    names.map(({ name, id }) => [name, id.slice(0, 6)]),
  ])
}

function isExcused(town: MeshTown, id: BlobId): boolean {
  const isPromised = town.belongings.some((belonging) => belonging.id === id && belonging.state === 'present')
  return town.lost.size > 0 && !isPromised
}

/** Of each blob, how many copies are wanted, and who has one. */
async function whereabouts(town: MeshTown, { store }: LivingNode): Promise<string> {
  const nameOf = (node: NodeId): string => town.names.find((name) => town.idOf(name) === node) ?? node
  const told = (await store.listIds()).map(async ({ id }) => {
    const stat = await store.stat(id)
    const holders = stat?.holders.map(({ node, isAlive }) => nameOf(node) + (isAlive ? '' : ' (away)'))
    return `${id.slice(0, 6)} ${stat?.copiesWanted}: ${holders?.join(', ')}`
  })
  return (await Promise.all(told)).join('; ')
}

async function inspectOne(
  town: MeshTown,
  belonging: Belonging,
  up: readonly LivingNode[],
): Promise<string | undefined> {
  const { id, state, content, copies, owner } = belonging
  if (id === undefined) return undefined
  for (const { name, store, local } of up) {
    const stat = await store.stat(id)
    const row = await local.resolve(id)
    if (state === 'absent' && stat !== undefined) return `${id} of ${owner} was deleted, and ${name} has it`
    if (stat === undefined && row !== undefined) return `${name} still has content of ${id}, which is gone`
    if (state === 'present' && stat === undefined)
      return `${id} of ${owner} is lost: ${copies} copies were acknowledged`
    if (stat === undefined || (state === 'either' && stat.holders.length === 0)) continue
    const pieces = await contentOf(town, store, id)
    if (pieces.length !== content.length || pieces.some((byte, at) => byte !== content[at])) {
      return `${name} gives wrong bytes of ${id}`
    }
  }
  return undefined
}

/**
 * Where the only copy is on a node that lies now and then, a get of it fails now and then, and must. So that everybody
 * can be seen to get everything in one look, whoever asks such a node asks again, as people do.
 */
async function contentOf(town: MeshTown, store: LivingNode['store'], id: BlobId): Promise<readonly number[]> {
  for (let left = town.liar === undefined ? 1 : getsMax; ; left--) {
    const pieces: number[] = []
    try {
      for await (const piece of await store.get(id)) pieces.push(...piece)
      return pieces
    } catch (error) {
      if (!(error instanceof FlotillaError) || left <= 1) throw error
    }
  }
}
