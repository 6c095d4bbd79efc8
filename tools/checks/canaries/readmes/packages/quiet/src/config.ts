export const quietDefaults = {}
