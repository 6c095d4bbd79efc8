import type { VNode } from 'preact'

export function Logo({ size }: { readonly size: number }): VNode {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <rect class="logo-ground" width="32" height="32" rx="8" />
      <path class="logo-sail" d="M15 6v13H6zM18 9c4 2 6 6 6.500 10H18z" />
      <path class="logo-hull" d="M5 22h22l-3 4H8z" />
    </svg>
  )
}
