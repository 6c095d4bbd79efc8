import type { CommandName } from '../../contract.ts'
import { done } from '../outcomes.ts'
import type { ServiceAct } from '../ports.ts'
import { asJson } from './facts.ts'
import type { Handler, HandlerParts, HandlerTable } from './handler.ts'

/** As systemd, OpenRC and Windows name them: nothing that could be taken for an option, a path or a pattern. */
const nameRule = {
  lengthMax: 256,
  form: /^[A-Za-z0-9_][A-Za-z0-9_.:@\\-]*$/,
  mayBe: 'the name of a service: letters, digits and . _ : @ \\ -, not beginning with a sign',
}

const acts: readonly ServiceAct[] = ['start', 'stop', 'restart', 'enable', 'disable']

export function serviceHandlers({ services, limits }: HandlerParts): HandlerTable {
  if (services === undefined) return {}
  const list: Handler = async (given, { run }) => {
    given.only('name')
    const wanted = given.maybeText('name', nameRule)
    const all = await services.list(run.signal)
    const found = wanted === undefined ? all : all.filter(({ name }) => name === wanted || name === `${wanted}.service`)
    const shown = found.slice(0, limits.servicesListedMax)
    return done({ services: shown.map(asJson), more: found.length > shown.length })
  }
  const changes = acts.map((act): readonly [CommandName, Handler] => [
    `service.${act}`,
    async (given, { run }) => {
      const name = given.only('name').text('name', nameRule)
      await services.act(name, act, run.signal)
      return done({ name })
    },
  ])
  return { 'service.list': list, ...Object.fromEntries(changes) }
}
