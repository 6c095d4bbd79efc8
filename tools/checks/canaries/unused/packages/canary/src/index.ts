import { used } from './parts.ts'
import 'undeclared'

export const answer = used
