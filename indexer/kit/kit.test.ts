import { describe, expect, it } from 'vitest'
import { buildSubgraph } from '../test/subgraph.ts'
import { KitError, loadSubgraph } from './index.ts'

const erc20 = await loadSubgraph(await buildSubgraph('erc20'))
const calls = await loadSubgraph(await buildSubgraph('calls'))
const probe = await loadSubgraph(await buildSubgraph('probe'))

const alice = `0x${'a1'.repeat(20)}` as const
const bob = `0x${'b0'.repeat(20)}` as const
const probeAddress = `0x2${'0'.repeat(38)}1` as const
const childAddress = `0x3${'0'.repeat(37)}07` as const

const did = (what: string, number = 0) => ({ source: 'Probe', event: 'Did', args: { what, number } })

describe('run.event', () => {
  it('runs the handler and keeps its entities', async () => {
    const run = erc20.run()
    await run.event({ source: 'Token', event: 'Transfer', args: { from: alice, to: bob, value: 5n } })
    await run.event({ source: 'Token', event: 'Transfer', args: { from: bob, to: alice, value: 2n }, logIndex: 3 })

    expect(run.entity('Account', bob)).toEqual({ id: bob, balance: 3n })
    expect(run.entities('TransferEvent')).toMatchObject([
      { amount: 5n, block: 1, from: alice, to: bob },
      { amount: 2n, block: 2, from: bob, to: alice, timestamp: 1_700_000_012 },
    ])
    expect(run.related('Account', alice, 'sent')).toHaveLength(1)
  })

  it('takes block, transaction and log index from the test', async () => {
    const run = erc20.run()
    const hash = `0x${'77'.repeat(32)}` as const
    await run.event({
      source: 'Token',
      event: 'Transfer',
      args: [alice, bob, 1],
      block: { number: 40, timestamp: 99 },
      transaction: { hash },
      logIndex: 258,
    })

    expect(run.entity('TransferEvent', `${hash}02010000`)).toMatchObject({ block: 40, timestamp: 99 })
  })

  it('gives every run a world of its own', async () => {
    const first = probe.run()
    await first.event(did('hello'))

    expect(probe.run().entities('Answer')).toEqual([])
  })

  it('hashes indexed texts as the chain does', async () => {
    const run = probe.run()
    await run.event({ source: 'Probe', event: 'Asked', args: { topic: 'hello', number: -1, text: 'ñ' } })

    expect(run.entity('Answer', 'asked')?.text).toBe(
      '0x1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8 -1 ñ',
    )
  })

  it('reaches sources that a handler created, with their context', async () => {
    const run = probe.run()
    const hello = {
      source: { template: 'Child', address: childAddress },
      event: 'Did',
      args: { what: 'hello', number: 1 },
    }
    await expect(run.event(hello)).rejects.toThrow(`No handler has created a Child at ${childAddress} yet.`)
    await run.event(did('create with context', 7))
    await run.event(hello)

    expect(run.dataSources().at(-1)).toMatchObject({ name: 'Child', address: childAddress, isFromTemplate: true })
    expect(run.entity('Answer', 'child/hello')?.text).toBe(`${childAddress} child of probe`)
  })

  it('throws what the handler failed of, and keeps nothing', async () => {
    const run = probe.run()

    await expect(run.event(did('abort'))).rejects.toThrow(
      /^handleDid failed at block 1: Mapping aborted at src\/probe.ts, line \d+, column \d+, with message: enough of this/,
    )
    expect(run.entities('Answer')).toEqual([])
  })

  it.each([
    [{ ...did('x'), source: 'Nobody' }, 'The manifest has no data source Nobody. It has: Probe, Eager.'],
    [{ ...did('x'), event: 'Sang' }, 'Probe has no handler for Sang. It has: Asked, Did.'],
    [{ ...did('x'), args: { what: 'x' } }, 'Did needs int256 number. Its arguments: string what, int256 number.'],
    [{ ...did('x'), args: { what: 'x', number: 'y' } }, 'The arguments of Did cannot be encoded:'],
    [{ ...did('x'), block: { number: 0 } }, 'The data source Probe does not listen at block 0.'],
  ])('explains a mistake in the test %#', async (input, message) => {
    await expect(probe.run().event(input)).rejects.toThrow(message)
  })
})

describe('run.block', () => {
  it('runs block handlers', async () => {
    const run = probe.run()
    await run.block({ number: 7, timestamp: 70 })

    expect(run.entity('Answer', 'block')?.text).toMatch(/^7 70 0x/)
  })
})

describe('run.call', () => {
  const alpha = '0x5fbdb2315678afecb367f032d93f642f64180aa3'
  const stepsOf = (run: ReturnType<typeof calls.run>) => run.entities('Step').map(({ what }) => what)

  it('runs call handlers with arguments and results, then block handlers for calls', async () => {
    const run = calls.run()
    const returns = [8, `0x${'ab'.repeat(32)}`]
    await run.call({ source: 'Alpha', function: 'act', args: { n: 3, note: 'hi' }, returns, block: { number: 9 } })
    await run.call({ source: 'AlphaAgain', function: 'quiet', args: [4], from: bob })

    expect(stepsOf(run)).toEqual([
      `Alpha act(3, hi) = 8 0xabababab from 0x${'5e'.repeat(20)} to ${alpha} value 0 index 0 names n note sum hash same true`,
      'Alpha called',
      `Alpha quiet 4 from ${bob}`,
      `Again quiet 4 from ${bob}`,
      'Alpha called',
      'Alpha polling',
    ])
  })

  it.each([
    [
      { source: 'Alpha', function: 'sing' },
      'Alpha has no handler for calls of sing. It has: act(uint256,string), quiet',
    ],
    [{ source: 'Alpha', function: 'quiet' }, 'quiet needs uint256 n.'],
    [
      { source: 'Alpha', function: 'act', args: [1, 'a'] },
      'act returns 2 values, say which in `returns`: uint256 sum, ',
    ],
    [{ source: 'Alpha', function: 'quiet', args: ['x'] }, 'The arguments or results of quiet cannot be encoded'],
  ])('explains a mistake in the test %#', async (input, message) => {
    await expect(calls.run().call(input)).rejects.toThrow(message)
  })
})

describe('the mocked chain', () => {
  it('answers calls', async () => {
    const run = probe.run()
    const describeCall = { address: probeAddress, contract: 'Probe', function: 'describe' }
    run.mockCall({ ...describeCall, returns: ['anything'] })
    run.mockCall({ ...describeCall, args: [1], returns: ['one'] })
    run.mockCall({ ...describeCall, args: [2], returns: 'revert' })

    const texts: unknown[] = []
    for (const number of [0, 1, 2]) {
      await run.event(did('describe', number))
      texts.push(run.entity('Answer', 'describe')?.text)
    }

    expect(texts).toEqual(['anything', 'one', 'reverted'])
  })

  it('knows balances and code', async () => {
    const run = probe.run()
    run.mockBalance(probeAddress, 12n)
    run.mockCode(probeAddress)
    await run.event(did('balance'))
    await run.event(did('code'))

    expect(run.entity('Answer', 'balance')?.text).toBe('12')
    expect(run.entity('Answer', 'code')?.text).toBe('yes')
  })

  it('says what to mock', async () => {
    const run = probe.run()

    await expect(run.event(did('describe', 3))).rejects.toThrow(
      new KitError(
        `A handler called Probe.describe(3n) at ${probeAddress}, which is not mocked. Say what it returns: ` +
          `run.mockCall({ address: '${probeAddress}', contract: 'Probe', function: 'describe', args: [3n], returns: […] or 'revert' }).`,
      ),
    )
    await expect(run.event(did('balance'))).rejects.toThrow(`run.mockBalance('${probeAddress}', 0n)`)
  })
})

describe('run.logs', () => {
  it('tells what handlers logged', async () => {
    const run = probe.run()
    await run.event(did('log'))

    expect(run.logs()).toEqual([
      { level: 'debug', message: 'a 1', handler: 'handleDid' },
      { level: 'info', message: 'b', handler: 'handleDid' },
      { level: 'warning', message: 'c', handler: 'handleDid' },
      { level: 'error', message: 'd', handler: 'handleDid' },
    ])
  })
})
