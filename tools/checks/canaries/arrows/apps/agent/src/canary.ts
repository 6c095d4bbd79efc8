export { figures } from '@flotilla/procmon'
export { world } from '@flotilla/sim'
