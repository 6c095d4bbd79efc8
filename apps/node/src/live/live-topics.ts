import { FlotillaError } from '@flotilla/core/errors'
import { nodeLimitsDefaults } from '../limits.ts'
import { wrongParameter } from '../services/query-parameters.ts'

/** Something that can be watched: the answer of a path that could as well be asked again and again. */
export interface LiveTopic {
  /** As it was asked for, which is how it is told. */
  readonly name: string
  readonly path: string
}

/** What may be watched. Whoever may watch may ask the same of the paths, which are for every role. */
const paths: Readonly<Record<string, string>> = {
  node: '/v1/node',
  history: '/v1/history',
  cluster: '/v1/cluster',
  nodes: '/v1/nodes',
  mesh: '/v1/mesh',
  notes: '/v1/notes',
  machines: '/v1/machines',
  machine: '/v1/machines/',
  alerts: '/v1/alerts',
  processes: '/v1/processes',
  raft: '/v1/raft',
  locks: '/v1/locks',
  deadlocks: '/v1/deadlocks',
  'blob-stats': '/v1/blob-stats',
  vms: '/v1/vms',
  vm: '/v1/vms/',
}

export const liveTopicNames: readonly string[] = Object.keys(paths)

const form = /^([a-z-]{1,32})(\/[^?#/]{1,512})?(\?[^#]{0,1024})?$/

/**
 * What `?topics=` names, with commas between: `nodes`, `processes?sort=memory`, `machine/ann`. What stands behind the
 * question mark is what the path understands, which also judges it; a comma in there is written as `%2C`.
 */
export function liveTopicsIn(text: string): readonly LiveTopic[] {
  const names = [...new Set(text.split(',').filter((name) => name !== ''))]
  const { liveTopicsMax } = nodeLimitsDefaults
  if (names.length === 0) throw wrongParameter('no topic is named', `name some of ${known()}`)
  if (names.length > liveTopicsMax) {
    throw wrongParameter('too many topics are named', `name at most ${liveTopicsMax} of them`)
  }
  return names.map(topicOf)
}

function topicOf(name: string): LiveTopic {
  const [, word = '', below, parameters = ''] = form.exec(name) ?? []
  const path = Object.hasOwn(paths, word) ? paths[word] : undefined
  if (path === undefined) throw wrongParameter('there is no such topic', `name some of ${known()}`)
  const wantsBelow = path.endsWith('/')
  if (wantsBelow !== (below !== undefined)) {
    const hint = wantsBelow ? `write ${word}/ and its name` : `write ${word}, with nothing behind it but parameters`
    throw wrongParameter(`the topic ${word} is not written so`, hint)
  }
  return { name, path: `${path}${below?.slice(1) ?? ''}${parameters}` }
}

function known(): string {
  return liveTopicNames.join(', ')
}

export function tooManyTopicsOfOne(): FlotillaError {
  return new FlotillaError('too-many-topics', 'under this name too many different things are watched already', {
    hint: `one name can watch ${nodeLimitsDefaults.liveTopicsPerNameMax} at once: end some, as by closing other pages`,
  })
}

export function tooManyTopics(): FlotillaError {
  const { liveTopicsTogetherMax } = nodeLimitsDefaults
  return new FlotillaError('overloaded', 'too many different things are watched through this node already', {
    hint: `there can be ${liveTopicsTogetherMax} at once: wait, or ask another node`,
  })
}
