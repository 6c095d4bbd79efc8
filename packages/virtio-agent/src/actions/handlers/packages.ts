import type { CommandName } from '../../contract.ts'
import { done } from '../outcomes.ts'
import { wrongArguments } from '../order-arguments.ts'
import type { PackageAct, PackageState } from '../ports.ts'
import { asJson } from './facts.ts'
import type { Handler, HandlerParts, HandlerTable } from './handler.ts'

/** What every one of the package managers may call a package, with a version where that is usual. */
const nameRule = {
  lengthMax: 128,
  form: /^[A-Za-z0-9][A-Za-z0-9.+_:~=@-]*$/,
  mayBe: 'the name of a package: letters, digits and . + _ : ~ = @ -, beginning with a letter or digit',
}
const searchRule = {
  lengthMax: 128,
  form: /^[A-Za-z0-9][A-Za-z0-9 .+_-]*$/,
  mayBe: 'letters, digits, spaces and . + _ -, beginning with a letter or digit',
}

export function packageHandlers({ packages, limits }: HandlerParts): HandlerTable {
  if (packages === undefined) return {}
  const { packagesListedMax, packagesNamedMax } = limits
  const told = (found: readonly PackageState[]) => {
    const shown = found.slice(0, packagesListedMax)
    return done({ manager: packages.name, packages: shown.map(asJson), more: found.length > shown.length })
  }
  const change = (act: PackageAct): readonly [CommandName, Handler] => [
    `package.${act}`,
    async (given, { run }) => {
      given.only('names')
      const names = given.has('names') ? given.texts('names', { ...nameRule, countMax: packagesNamedMax }) : []
      if (names.length === 0 && act !== 'update') throw wrongArguments('names must name at least one package')
      await packages.act(names, act, run)
      return done({ names: [...names] })
    },
  ]
  return {
    'package.list': async (given, { run }) => {
      given.only()
      return told(await packages.list(run.signal))
    },
    'package.search': async (given, { run }) =>
      told(await packages.search(given.only('text').text('text', searchRule), run.signal)),
    ...Object.fromEntries([change('install'), change('remove'), change('update')]),
  }
}
