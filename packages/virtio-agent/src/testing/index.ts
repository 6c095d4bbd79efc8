/** For tests of whoever builds upon the channel: a wall in memory, which loses, tears and repeats as it is told. */
export { MemoryWall, type MemoryWallOptions } from './memory-wall.ts'
export type { MischiefSettings } from './line-mischief.ts'
export { wallConformance, type FarSide, type MakeWallHarness, type WallHarness } from './wall-conformance/index.ts'
export { memoryQgaSystem } from './memory-qga-system.ts'
