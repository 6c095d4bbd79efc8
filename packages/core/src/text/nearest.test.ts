import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const names = ['status', 'history', 'check', 'up', 'mesh-port']

test('what was most likely meant: one letter in three may be wrong, or swapped with its neighbour', () => {
  expect(['statsu', 'chek', 'pu', 'mesh_port', 'meshPort'].map((word) => nearest(word, names))).toEqual([
    'status',
    'check',
    'up',
    'mesh-port',
    'mesh-port',
  ])
})

test('nothing, where none is near', () => {
  expect(['x', '', 'mount'].map((word) => nearest(word, names))).toEqual(Array(3).fill(undefined))
  expect(nearest('anything', [])).toBeUndefined()
})
