/** The `Network` port in memory: nodes of one process, over a wire that a test or the simulator may provide. */
export type { HandlerFailure } from '../../network/sessions/index.ts'
export { memoryHub, type JoinOptions, type MemoryHub, type MemoryHubOptions, type MemoryNode } from './hub.ts'
export { directWire, type Wire, type WireFrame, type WireFrameKind } from './wire.ts'
