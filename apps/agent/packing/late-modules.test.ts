import { expect, test } from 'vitest'
import { loadLate } from './late-modules.ts'

test('a module that is seldom needed is loaded where it is used', () => {
  const files = 'let node_fs = require("node:fs");'
  expect(loadLate(`let node_zlib = require("node:zlib");\n${files}\nnew node_zlib.Gzip(x);\n`)).toBe(
    `const node_zlibLate = () => require("node:zlib");\n${files}\nnew (node_zlibLate()).Gzip(x);\n`,
  )
})

test('a use that is not understood is refused', () => {
  const script = 'let node_zlib = require("node:zlib");\nuse(node_zlib)\n'
  expect(() => loadLate(script)).toThrow('node:zlib is used in a way')
})
