/** The same object, but for some of its methods: to watch what is called, or to plant a failure. */
export function overridden<Target extends object>(target: Target, overrides: Partial<Target>): Target {
  return new Proxy(target, {
    get(_target, property): unknown {
      const source = property in overrides ? overrides : target
      const value: unknown = Reflect.get(source, property)
      if (typeof value !== 'function') return value
      return (...given: unknown[]): unknown => Reflect.apply(value, source, given)
    },
  })
}
