export const depthMax = 64
export const canaryDefaults: Limits = { frameBytesMax: 1_024, framesQueuedMax: 8 }
