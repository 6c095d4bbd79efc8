/** Who sees a planted bug. */
export const cas = 'cas'
export const conformance = 'src/store/local-conformance.test.ts'
export const collecting = 'src/store/collecting.test.ts'
export const checking = 'src/store/checking/check.test.ts'
export const store = 'src/store/local-store.test.ts'
export const files = 'src/files/files.test.ts'
export const keyRows = 'src/sealing/keyring/key-rows.test.ts'
export const seenFiles = 'src/files/seen-files.test.ts'
