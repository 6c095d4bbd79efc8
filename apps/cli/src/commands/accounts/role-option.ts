import { shown, wrongUsage, type Call, type Option } from '../command.ts'

const roles = ['viewer', 'operator', 'admin']

export const roleOption: Option = {
  name: 'role',
  placeholder: 'ROLE',
  description: 'viewer (looks), operator (does things too) or admin (decides who may); default: viewer',
}

export function roleIn({ options }: Call): string {
  const role = options.get('role') ?? 'viewer'
  if (roles.includes(role)) return role
  throw wrongUsage(`--role is ${shown(role)}`, `it must be one of ${roles.join(', ')}`)
}
