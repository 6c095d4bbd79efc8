import { expect, test } from 'vitest'
import { loadLate } from './late-modules.ts'

test('a module that is seldom needed is loaded where it is used', () => {
  const script = 'let node_zlib = require("node:zlib");\nlet node_fs = require("node:fs");\nnew node_zlib.Gzip(x);\n'
  expect(loadLate(script)).toBe(
    'const node_zlibLate = () => require("node:zlib");\nlet node_fs = require("node:fs");\nnew (node_zlibLate()).Gzip(x);\n',
  )
})

test('a use that is not understood is refused', () => {
  const script = 'let node_zlib = require("node:zlib");\nuse(node_zlib)\n'
  expect(() => loadLate(script)).toThrow('node:zlib is used in a way')
})
