export const seed = (): number => Date.now()
