import { describe, expect, it } from 'vitest'
import { Answers, type Need, runToEnd } from './suspend.ts'

const address = `0x${'11'.repeat(20)}` as const
const balance: Need = { kind: 'balance', address }
const code: Need = { kind: 'code', address }

describe('runToEnd', () => {
  it('loads one answer after the other and attempts again from the start', async () => {
    const answers = new Answers()
    const asked: Need[] = []
    let attempts = 0

    const result = await runToEnd(
      () => {
        attempts += 1
        return [answers.get({ kind: 'balance', address }), answers.get({ kind: 'code', address })]
      },
      async (need) => {
        asked.push(need)
        answers.give(need, need.kind === 'balance' ? 7n : true)
      },
    )

    expect(result).toEqual([7n, true])
    expect(asked).toEqual([balance, code])
    expect(attempts).toBe(3)
  })

  it('passes on what an attempt throws for itself', async () => {
    const failing = runToEnd(
      () => {
        throw new RangeError('mine')
      },
      async () => undefined,
    )

    await expect(failing).rejects.toThrow('mine')
  })

  it('does not turn in circles if the answer never arrives', async () => {
    const answers = new Answers()
    const endless = runToEnd(
      () => answers.get(balance),
      async () => undefined,
    )

    await expect(endless).rejects.toThrow('was loaded but is still missing')
  })
})

describe('Answers', () => {
  it('knows a revert from not knowing', () => {
    const answers = new Answers()
    const call = { kind: 'call', to: address, data: '0x01' } as const
    expect(answers.has(call)).toBe(false)

    answers.give(call, null)

    expect(answers.get(call)).toBeNull()
    expect(() => answers.get({ ...call, data: '0x02' })).toThrow()
  })

  it('forgets all for the next block', () => {
    const answers = new Answers()
    answers.give(code, false)
    answers.clear()

    expect(answers.has(code)).toBe(false)
  })
})
