import { describe, expect, it } from 'vitest'
import { aHeader, loadProbe } from '../../test/mapping.ts'
import { oldMapping, oldMappingThatTraps, oldMappingWithMuch } from '../../test/old-mapping.ts'
import { HandlerTrapError } from '../errors.ts'
import { runHandler, runHandlerAfresh } from './handler.ts'
import { compileModule } from './module.ts'
import { Suspension } from './suspend.ts'

const probe = await loadProbe()

/** Text of each Answer that was written, by id. */
function answersOf(host: ReturnType<typeof probe.aHost>): Record<string, unknown> {
  const changes = host.store.endBlock()
  return Object.fromEntries(
    changes.flatMap((change) => {
      const text = change.kind === 'remove' ? undefined : change.entity.get('text')
      return text?.kind === 'String' ? [[change.id, text.value]] : []
    }),
  )
}

/** Runs one handler of the probe and throws what it throws. */
function run(what: string, number = 0n) {
  return runHandler(probe.moduleOf('Probe'), probe.aDid(what, number), probe.aHost())
}

/** Events of a source with another apiVersion. */
function aDidOf(apiVersion: string): typeof probe.aDid {
  return (...args) => {
    const did = probe.aDid(...args)
    return { ...did, source: { ...did.source, definition: { ...did.source.definition, apiVersion } } }
  }
}

function trapOf(what: string): HandlerTrapError {
  try {
    run(what)
  } catch (error) {
    if (error instanceof HandlerTrapError) return error
    throw error
  }
  throw new Error(`${what} did not fail`)
}

describe('a handler', () => {
  it('reads its event and writes entities', () => {
    const host = probe.aHost()
    runHandler(probe.moduleOf('Probe'), probe.aDid('hello', -5n), host)

    expect(answersOf(host)).toEqual({ hello: '-5' })
  })

  it('reads its block', () => {
    const host = probe.aHost()
    const { source, block } = probe.aDid('')
    runHandler(probe.moduleOf('Probe'), { kind: 'block', source, block, handler: 'handleBlock' }, host)

    expect(answersOf(host)).toEqual({ block: `70000 1700000010 ${aHeader.hash}` })
  })

  it('hands over the sources it creates', () => {
    expect(run('create', 7n).newSources).toEqual([
      { template: 'Child', address: `0x3${'0'.repeat(37)}07`, context: {} },
    ])
    expect(run('create with context', 7n).newSources[0]?.context).toEqual({
      name: { type: 'String', data: 'child of probe' },
    })
  })

  it('hands over its log lines', () => {
    expect(run('log').logs).toEqual([
      { level: 'debug', message: 'a 1' },
      { level: 'info', message: 'b' },
      { level: 'warning', message: 'c' },
      { level: 'error', message: 'd' },
    ])
  })

  it('that the module does not have is named, and may be there another time', () => {
    const trigger = { ...probe.aDid('x'), handler: 'handleNobody' }
    const run = () => runHandler(probe.moduleOf('Probe'), trigger, probe.aHost())
    const place = `block #70000 (${aHeader.hash}), transaction ${'22'.repeat(32)}`

    expect(run).toThrow('handleNobody failed at block 70000: function handleNobody not found.')
    expect(run).toThrow(
      expect.objectContaining({
        facts: expect.objectContaining({
          isDeterministic: false,
          chain: `failed to process trigger: ${place}: function handleNobody not found`,
        }),
      }),
    )
  })
})

it.each([
  ['of AssemblyScript 0.6 under a newer apiVersion', compileModule(oldMapping), aDidOf('0.0.5'), 'allocate'],
  ['of a newer AssemblyScript under apiVersion 0.0.4', probe.moduleOf('Probe'), aDidOf('0.0.4'), 'memory.allocate'],
])('a module %s is no module, as in graph-node', (_, module, aDid, missing) => {
  const failure = `module instantiation failed: \`${missing}\` function not found`

  expect(() => runHandler(module, aDid('hello'), probe.aHost())).toThrow(
    expect.objectContaining({
      facts: expect.objectContaining({ isDeterministic: false, chain: expect.stringMatching(`22: ${failure}$`) }),
    }),
  )
})

it('what fails before any handler runs may not fail another time, as in graph-node', () => {
  const run = () => runHandler(compileModule(oldMappingThatTraps), aDidOf('0.0.4')('hello'), probe.aHost())

  expect(run).toThrow(
    expect.objectContaining({
      facts: expect.objectContaining({
        isDeterministic: false,
        chain: expect.stringMatching(
          /^failed to process .*: module instantiation failed: error while executing .*unreachable/,
        ),
      }),
    }),
  )
})

it('a handler of AssemblyScript 0.6 reads its event, again and again on the same instance', () => {
  const module = compileModule(oldMapping)
  const said = ['hello', 'grüße, 日本', ''].map((what) => runHandler(module, aDidOf('0.0.4')(what), probe.aHost()).logs)

  expect(said.flat().map(({ message }) => message)).toEqual(['hello', 'grüße, 日本', ''])
  expect(module.instancesMade).toBe(1)
})

it('a module that needs more memory before any handler runs is put back as well', () => {
  const module = compileModule(oldMappingWithMuch)
  const said = ['hello', 'again'].map((what) => runHandler(module, aDidOf('0.0.4')(what), probe.aHost()).logs)

  expect(said.flat().map(({ message }) => message)).toEqual(['hello', 'again'])
  expect(module.instancesMade).toBe(1)
})

describe('a handler sees nothing of the one before', () => {
  const series = [
    'count',
    'grow',
    'count',
    'abort',
    'count',
    'stack',
    'grow',
    'count',
    'log',
    'unreachable',
    'owner',
    'count',
  ]

  /** What each handler of the series did, one after the other on one module. */
  function outcomes(call: typeof runHandler) {
    const module = probe.moduleOf('Probe')
    return series.map((what) => {
      const host = probe.aHost()
      try {
        const effects = call(module, probe.aDid(what, 100_000n), host)
        return { effects, changes: host.store.endBlock() }
      } catch (error) {
        return error instanceof HandlerTrapError ? error.facts : error
      }
    })
  }

  it('whether its instance is new or put back', () => {
    expect(outcomes(runHandler)).toEqual(outcomes(runHandlerAfresh))
  })

  it('not even in its globals or on its heap', () => {
    const module = probe.moduleOf('Probe')
    for (const _ of [1, 2, 3]) {
      const host = probe.aHost()
      runHandler(module, probe.aDid('count'), host)
      expect(answersOf(host)).toEqual({ count: '1 0.25 2 called' })
    }
  })

  it('not its block either, though blocks are copied where they repeat', () => {
    const module = probe.moduleOf('Probe')
    const other = { ...aHeader, number: 70_001, hash: `0x${'b1'.repeat(32)}` as const }
    const texts = [aHeader, aHeader, other, other, aHeader].map((header) => {
      const host = probe.aHost()
      const trigger = probe.aDid('block')
      runHandler(module, { ...trigger, block: { ...trigger.block, header } }, host)
      return answersOf(host).block
    })

    expect(texts).toEqual([aHeader, aHeader, other, other, aHeader].map(({ number, hash }) => `${number} ${hash}`))
  })

  it('and one instance serves them all', () => {
    const module = probe.moduleOf('Probe')
    for (const what of ['count', 'log', 'count']) runHandler(module, probe.aDid(what), probe.aHost())

    expect(module.instancesMade).toBe(1)
  })

  it('also after the memory has grown, at the price of a new instance', () => {
    const module = probe.moduleOf('Probe')
    for (const size of [3_000_000n, 1000n, 3_000_000n, 1000n]) {
      const host = probe.aHost()
      runHandler(module, probe.aDid('grow', size), host)
      expect(answersOf(host)).toEqual({ grow: '0' })
    }

    expect(module.instancesMade).toBe(3)
  })

  it('also where the mapping reads its data source before any handler runs', () => {
    const module = probe.moduleOf('Eager')
    const first = probe.aHost()
    const second = probe.aHost()
    const trigger = probe.aDid('x', 0n, 'Eager')
    runHandler(module, trigger, first)
    const source = { ...trigger.source, address: `0x${'99'.repeat(20)}` as const }
    runHandler(module, { ...trigger, source }, second)

    expect(answersOf(first)).toEqual({ eager: `0x2${'0'.repeat(38)}2` })
    expect(answersOf(second)).toEqual({ eager: `0x${'99'.repeat(20)}` })
    expect(module.instancesMade).toBe(2)
  })
})

describe('a handler that fails', () => {
  it('says where in the source it gave up', () => {
    const { facts, message } = trapOf('abort')

    expect(facts).toMatchObject({
      handler: 'handleDid',
      at: { number: 70_000, hash: aHeader.hash },
      isDeterministic: true,
    })
    expect(facts.position).toMatchObject({ file: 'src/probe.ts', line: expect.any(Number), column: expect.any(Number) })
    expect(message).toMatch(
      /^handleDid failed at block 70000: Mapping aborted at src\/probe.ts, line \d+, column \d+, with/,
    )
  })

  it.each([
    ['abort', 'with message: enough of this'],
    ['assert', 'with message: no such luck'],
    ['silent', 'Mapping aborted at an unknown location, with message: no message'],
    ['unreachable', 'wasm trap: unreachable'],
    ['i32 division', 'wasm trap: divide by zero'],
    ['bounds', 'wasm trap: memory access out of bounds'],
    ['critical', 'Critical error logged in mapping with log message: it is over'],
    ['far pointer', 'Heap access out of bounds. Offset: 2147483636 Size: 4'],
    ['divide', 'attempted to divide BigInt `0` by zero'],
    ['remainder', 'attempted to calculate the remainder of `0` with a divisor of zero'],
    ['decimal divide', 'attempted to divide BigDecimal `0` by zero'],
    ['bigint text', 'string is not a BigInt: `12x`: invalid digit found in string'],
    ['decimal text', "string  is not a BigDecimal: '1,5'"],
    ['address text', "Failed to convert string to Address: '0x12': invalid string length"],
    ['json', 'Failed to parse JSON from byte array. Bytes (truncated to 1024 chars): `[123, 34, 97, 34, 58]`'],
    ['json i64', 'JSON `9223372036854775808` cannot be parsed as i64'],
    ['json big', 'JSON `1.5` is not a decimal string'],
    ['unknown field', 'Attempted to set undefined fields [age, colour] for the entity type `Answer`.'],
    ['refused', '`ipfs.cat` is deprecated.'],
  ])('for good, since any indexer would: %s', (what, reason) => {
    const { facts } = trapOf(what)

    expect(facts.reason).toContain(reason)
    expect(facts.isDeterministic).toBe(true)
  })

  it.each([
    ['stack', 'call stack size exceeded'],
    ['unknown type', 'internal error: unknown name Nobody when looking up entity type'],
    ['missing field', 'Entity Answer[half]: missing value for non-nullable field `text`'],
  ])('in a way that graph-node does not trust: %s', (what, reason) => {
    const { facts } = trapOf(what)

    expect(facts.reason).toContain(reason)
    expect(facts.isDeterministic).toBe(false)
  })

  it('leaves nothing written', () => {
    const host = probe.aHost()
    const store = Object.assign(Object.create(host.store), { get: () => expect.fail('not asked') })
    expect(() => runHandler(probe.moduleOf('Probe'), probe.aDid('abort'), { ...host, store })).toThrow()

    expect(host.store.endBlock()).toEqual([])
  })
})

describe('a handler that lacks an answer', () => {
  const balanceless = () =>
    probe.aHost({
      chain: {
        call: () => null,
        hasCode: () => false,
        balance: (address) => {
          throw new Suspension({ kind: 'balance', address })
        },
      },
    })

  it('is stopped with what it needs', () => {
    expect.assertions(1)
    try {
      runHandler(probe.moduleOf('Probe'), probe.aDid('write, then ask'), balanceless())
    } catch (error) {
      expect(error).toEqual(new Suspension({ kind: 'balance', address: `0x2${'0'.repeat(38)}1` }))
    }
  })

  it('leaves no trace: no writes, and the next attempt tells its sources and log lines once', () => {
    const module = probe.moduleOf('Probe')
    const trigger = probe.aDid('write, then ask')
    const host = balanceless()
    expect(() => runHandler(module, trigger, host)).toThrow()
    expect(host.store.get('Answer', 'before')).toBeNull()

    const answered = { ...host, chain: { ...host.chain, balance: () => 12n } }
    const effects = runHandler(module, trigger, answered)

    expect(effects.logs).toHaveLength(1)
    expect(effects.newSources).toHaveLength(1)
    expect(answersOf(host)).toEqual({ before: 'written', 'write, then ask': '12' })
  })
})
