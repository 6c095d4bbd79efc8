export type { FarSide, MakeWallHarness, WallHarness } from './harness.ts'
export { wallConformance } from './suite.ts'
