import { useEffect, useState } from 'preact/hooks'
import { parseRoute, type HashRoute } from './hash-route.ts'

export function useHashRoute(): HashRoute {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const look = (): void => setHash(location.hash)
    addEventListener('hashchange', look)
    return () => removeEventListener('hashchange', look)
  }, [])
  return parseRoute(hash)
}
