export { now } from './now.test.ts'
