export const orphan = true
