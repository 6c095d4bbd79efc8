/**
 * For tests: links in memory, with what an adversary does to them. A whole transport over them needs no certificates,
 * no sockets and no real time:
 *
 *     const world = new MemoryLinkWorld()
 *     const links = world.links({ facts, clock, address: { host: 'a', port: 1 } })
 *     await using transport = await createTransport({ self: facts, links, clock, entropy })
 */
export {
  clearWeather,
  MemoryLinkWorld,
  type DialFate,
  type MemoryLinkWeather,
  type MemoryProcess,
} from './memory-links.ts'
export { memoryFacts } from './memory-facts.ts'
