/**
 * For tests: links in memory, with what an adversary does to them. A whole transport over them needs no certificates,
 * no sockets and no real time:
 *
 *     const world = new MemoryLinkWorld()
 *     const links = world.links({ facts, clock, address: { host: 'a', port: 1 } })
 *     await using transport = await createTransport({ self: facts, links, clock, entropy })
 *
 * `MemoryMesh` does that for several, on a clock that moves when it is told to. `testCluster` makes real certificates,
 * for tests and examples of real links.
 */
export {
  clearWeather,
  MemoryLinkWorld,
  type DialFate,
  type MemoryLinkWeather,
  type MemoryProcess,
} from './memory-links.ts'
export { memoryFacts } from './memory-facts.ts'
export { MemoryMesh } from './memory-mesh.ts'
export { testCluster, type TestCluster, type TestMember, type TestMemberOptions } from './test-cluster.ts'
