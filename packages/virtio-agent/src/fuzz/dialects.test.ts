import { describe, expect, test } from 'vitest'
import { memoryQgaSystem } from '../testing/index.ts'
import { OwnGuestFuzz, OwnHostFuzz } from './own-fuzz.ts'
import { QgaFuzz } from './qga-fuzz.ts'

const rounds = 60
const inputsPerRound = 200

describe('after any bad input the next good command is answered', () => {
  test("in QEMU's dialect", async () => {
    const fuzz = new QgaFuzz(1, memoryQgaSystem())
    for (let round = 0; round < rounds; round++) {
      await fuzz.feed(inputsPerRound)
      expect({ round, answers: await fuzz.answersNext() }).toEqual({ round, answers: true })
    }
    expect(fuzz.answered).toBeGreaterThan(rounds * inputsPerRound * 0.1)
  })

  test('in ours, by the guest', () => {
    const fuzz = new OwnGuestFuzz(2)
    for (let round = 0; round < rounds; round++) {
      fuzz.feed(inputsPerRound)
      expect({ round, answers: fuzz.answersNext() }).toEqual({ round, answers: true })
    }
    expect(fuzz.executed).toBeGreaterThan(rounds)
  })

  test('in ours, by the host', () => {
    const fuzz = new OwnHostFuzz(3)
    for (let round = 0; round < rounds; round++) {
      fuzz.feed(inputsPerRound)
      expect({ round, answers: fuzz.answersNext() }).toEqual({ round, answers: true })
    }
    expect(fuzz.effects).toBeGreaterThan(rounds)
  })
})
