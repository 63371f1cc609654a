import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { blockHash, FIRST_HEAD, toyGateway } from '../../test/toy.ts'
import { UpstreamUnavailableError } from '../errors.ts'
import type { Upstream } from './upstream.ts'

const pin = '_pin: _meta { block { number hash timestamp } }'

describe('the document sent upstream', () => {
  it.each([
    [
      'has all root fields, under their response keys',
      '{ a: token(id: "0x700") { id } tokens { id } }',
      'a: token(id: "0x700") { id } tokens { id }',
    ],
    [
      'merges fields of one response key',
      '{ tokens { owner { id } owner { tokenCount } } }',
      'tokens { owner { id tokenCount } }',
    ],
    [
      'settles conditions here',
      '{ tokens { id @skip(if: true) name @include(if: true) name @include(if: false) } }',
      'tokens { name }',
    ],
    [
      'keeps a field that is asked for once with a condition and once without',
      '{ tokens { name @include(if: false) name } }',
      'tokens { name }',
    ],
    [
      'inlines fragments whose condition is certain',
      '{ tokens { ...T ... on Token { name } ... { price } } } fragment T on Token { id }',
      'tokens { id name price }',
    ],
    [
      'inlines an interface condition on an object that has it',
      '{ tokens { transfers { ... on Happening { at } } } }',
      'tokens { transfers { at } }',
    ],
    [
      'keeps conditions on what an object may be, and asks what it is',
      '{ happenings { at ... on Transfer { from { id } } } }',
      'happenings { _k__type: __typename at ... on Transfer { from { id } } }',
    ],
    ['asks for keys in place of what is not on chain', '{ tokens { metadata { image } } }', 'tokens { _k_id: id }'],
    ['asks for keys of keys', '{ tokens { label } }', 'tokens { _k_name: name _k_owner__id: owner { id } }'],
    [
      'asks for keys once, and beside a field of that name',
      '{ tokens { id m: metadata { image } metadata { title } } }',
      'tokens { id _k_id: id }',
    ],
    ['asks for something where nothing is left', '{ tokens { __typename } }', 'tokens { _k__type: __typename }'],
    [
      'has what is of one block together, the latest first',
      '{ a: token(id: "1", block: { number: 101 }) { id } tokens { id } b: token(id: "2", block: { number: 101 }) { id } accounts { id } }',
      'tokens { id } accounts { id } a: token(id: "1", block: {number: 101}) { id } b: token(id: "2", block: {number: 101}) { id }',
    ],
    [
      'leaves out root fields that are not on chain',
      '{ profiles { handle } account(id: "0xa0") { id } }',
      'account(id: "0xa0") { id }',
    ],
    [
      'has the number of a backspace, whose escape graph-node reads differently',
      String.raw`{ a: token(id: "\b\\b") { id } b: token(id: """\b""") { id } }`,
      String.raw`a: token(id: "\u0008\\b") { id } b: token(id: "\\b") { id }`,
    ],
    ['passes _meta on', '{ _meta { block { number } } tokens { id } }', '_meta { block { number } } tokens { id }'],
  ])('%s', async (_name, source, expected) => {
    const { ask, sent } = toyGateway()

    await ask(source)

    expect(sent.map(({ document }) => document)).toEqual([`query { ${pin} ${expected} }`])
  })

  it('refers to variables that are used, and to no others', async () => {
    const { ask, sent } = toyGateway()
    const source = `query ($id: ID!, $first: Int = 3, $with: Boolean!, $unused: Int, $ids: [Bytes!]) {
      token(id: $id) { name @include(if: $with) }
      tokens(first: $first, where: { and: [{ id_in: $ids }] }) { id }
      profiles(first: $unused) { handle }
    }`

    await ask(source, { id: '0x701"}){x}', with: true, ids: ['0x700'], unused: 1 })

    expect(sent).toMatchObject([
      {
        document: `query($id: ID!, $first: Int = 3, $ids: [Bytes!]) { ${pin} token(id: $id) { name } tokens(first: $first, where: {and: [{id_in: $ids}]}) { id } }`,
        variables: { id: '0x701"}){x}', ids: ['0x700'] },
      },
    ])
  })

  it('is the same text for other values', async () => {
    const { ask, sent } = toyGateway()

    await ask('query ($id: ID!) { token(id: $id) { id } }', { id: '0x700' })
    await ask('query ($id: ID!) { token(id: $id) { id } }', { id: '0x701' })

    expect(new Set(sent.map(({ document }) => document)).size).toBe(1)
  })

  it('is not sent at all for what the chain is not asked', async () => {
    const { ask, sent } = toyGateway()

    expect(await ask('{ __typename profiles { handle } }')).toEqual({
      data: { __typename: 'Query', profiles: [{ handle: 'mara' }, { handle: 'ilse' }] },
    })
    expect(sent).toEqual([])
  })
})

describe('lists', () => {
  it.each([
    ['{ tokens { transfers(first: 1001) { id } } accounts(first: 1) { id } }', 'tokens.transfers', '1001'],
    ['{ tokens { owner { tokens(first: 0) { id } } } accounts(first: 1) { id } }', 'tokens.owner.tokens', '0'],
    [
      'query ($n: Int = 5000) { tokens { transfers(first: $n) { id } } accounts(first: 1) { id } }',
      'tokens.transfers',
      '5000',
    ],
    ['{ tokens(first: 1000000) { id } accounts(first: 1) { id } }', 'tokens', '1000000'],
  ])('of more than a thousand are refused here, wherever they stand: %s', async (source, list, given) => {
    const { ask, sent } = toyGateway()

    const { data, errors } = await ask(source)

    expect(data).toEqual({ tokens: null, accounts: [{ id: '0xa0' }] })
    expect(errors?.map(({ path, message, originalError }) => [path, message, Object(originalError).code])).toEqual([
      [['tokens'], `The \`first\` argument of ${list} must be between 1 and 1000, but is ${given}`, 'BAD_USER_INPUT'],
    ])
    expect(sent.map(({ document }) => document)).toEqual([`query { ${pin} accounts(first: 1) { id } }`])
  })

  it('may skip a hundred thousand and no more', async () => {
    const { ask, sent } = toyGateway()

    expect((await ask('{ tokens { transfers(skip: 100000) { id } } }')).errors).toBeUndefined()
    const { errors } = await ask('query ($n: Int) { tokens { transfers(skip: $n) { id } } }', { n: 100_001 })

    expect(errors?.map(({ originalError }) => Object(originalError).code)).toEqual(['BAD_USER_INPUT'])
    expect(sent).toHaveLength(1)
  })

  it('within lists are refused where all of them together could become too many', async () => {
    const { ask, sent } = toyGateway()
    const nested = (first: number) =>
      `{ tokens(first: ${first}) { owner { tokens(first: 1000) { owner { tokens(first: 990) { id } } } } } }`

    expect((await ask(nested(1))).errors).toBeUndefined()
    const { errors } = await ask(
      '{ tokens(first: 1000) { owner { tokens(first: 1000) { owner { tokens(first: 1000) { transfers { id } } } } } } }',
    )

    expect(errors?.map(({ originalError }) => Object(originalError).code)).toEqual(['QUERY_TOO_EXPENSIVE'])
    expect(sent).toHaveLength(1)
  })
})

describe('rows', () => {
  it('are loaded once per kind, however many places ask', async () => {
    const { ask, loads } = toyGateway()

    await ask(
      '{ tokens { metadata { image } owner { profile { handle } } creator { profile { bio } tokens { metadata { title } } } } }',
    )

    expect(loads).toEqual({ Metadata: 1, Profile: 1 })
  })

  it('are asked for with the chain as it is at the same block, below people too, in one document a level', async () => {
    const { ask, sent } = toyGateway()

    const { extensions } = await ask(
      '{ profiles { accounts { id } again: accounts { tokenCount profile { accounts { id } } } } }',
    )

    const block = { number: FIRST_HEAD + 1, hash: blockHash(FIRST_HEAD + 1), timestamp: (FIRST_HEAD + 1) * 12 }
    expect(extensions).toEqual({ chain: { block } })
    expect(sent).toHaveLength(2)
    expect(sent[1]?.variables).toMatchObject({ _k_block: { hash: block.hash } })
    expect(sent[1]?.document).toContain('first: 1000, where: { id_in: $_k_0_keys }, block: $_k_block')
  })

  it('ask for a thousand entities at most in one list', async () => {
    const ids: unknown[] = []
    const { schema, execute, sent } = toyGateway()
    const profiles = schema.getQueryType()?.getFields().profiles
    if (profiles) {
      profiles.resolve = () => [{ addresses: Array.from({ length: 2_500 }, (_, index) => `0x${index}`) }]
    }

    await execute({ schema, document: parse('{ profiles { accounts { id } } }') })

    ids.push(...Object.values(sent[0]?.variables ?? {}).map((list) => Object(list).length))
    expect(sent).toHaveLength(1)
    expect(ids).toEqual([1_000, 1_000, 500])
  })
})

describe('the block', () => {
  it("is the client's own where everything is asked for at it", async () => {
    const { ask, sent } = toyGateway()
    await ask('{ tokens { id } }')
    sent.length = 0

    const { extensions, data } = await ask(
      'query ($at: Block_height) { tokens(block: $at) { price owner { profile { accounts { tokens { price } } } } } account(id: "0xa1", block: $at) { id } }',
      { at: { hash: blockHash(FIRST_HEAD + 1) } },
    )

    expect(extensions).toMatchObject({ chain: { block: { number: FIRST_HEAD + 1 } } })
    expect(sent[0]?.document).toContain('_pin: _meta(block: $at)')
    const prices = new Set(JSON.stringify(data).match(/"price":"(\d{3})/g))
    expect([...prices]).toEqual([`"price":"${FIRST_HEAD + 1}`])
  })

  it.each(['no block with that hash found', 'the chain was reorganized while executing the query'])(
    'is asked for anew once when it is reorganised away (%s)',
    async (words) => {
      let failures = 1
      const { ask, sent } = toyGateway((upstream) => async (request) => {
        const result = await upstream(request)
        return request.document.includes('$_k_block') && failures-- > 0 ? { errors: [{ message: words }] } : result
      })

      const { data, errors, extensions } = await ask('{ tokens(first: 1) { owner { profile { accounts { id } } } } }')

      expect(errors).toBeUndefined()
      expect(data).toMatchObject({ tokens: [{ owner: { profile: { accounts: expect.any(Array) } } }] })
      expect(sent).toHaveLength(4)
      expect(extensions).toMatchObject({ chain: { block: { number: FIRST_HEAD + 3 } } })
    },
  )

  it('fails with CHAIN_REORG when that happens twice, and only where it matters', async () => {
    const { ask, sent } = toyGateway((upstream) => async (request) => {
      const result = await upstream(request)
      return request.document.includes('$_k_block')
        ? { errors: [{ message: 'no block with that hash found' }] }
        : result
    })

    const { data, errors } = await ask('{ account(id: "0xa1") { id } profiles(first: 1) { handle accounts { id } } }')

    expect(data).toEqual({ account: { id: '0xa1' }, profiles: [{ handle: 'mara', accounts: null }] })
    expect(errors?.map(({ path, originalError }) => [path, Object(originalError).code])).toEqual([
      [['profiles', 0, 'accounts'], 'CHAIN_REORG'],
    ])
    expect(sent).toHaveLength(4)
  })
})

describe('when the subgraph fails', () => {
  it('finds out which root field it was by asking for each alone, at one block', async () => {
    const { ask, sent } = toyGateway(failing('happenings'))

    const { data, errors, extensions } = await ask(
      '{ happenings { id } token(id: "0x700") { price } tokens { price } }',
    )

    const { number } = (extensions as { chain: { block: { number: number } } }).chain.block
    expect(data).toMatchObject({ happenings: null, token: { price: `${number}0000000000000000000` } })
    expect(
      JSON.stringify(data)
        .match(/"price":"(\d{3})/g)
        ?.every((price) => price.endsWith(String(number))),
    ).toBe(true)
    expect(errors?.map(({ path }) => path)).toEqual([['happenings']])
    expect(sent).toHaveLength(5)
  })

  it('does not ask again for a single field', async () => {
    const { ask, sent } = toyGateway(failing('happenings'))

    const { data, errors } = await ask('{ happenings { id } }')

    expect(data).toEqual({ happenings: null })
    expect(errors?.[0]?.originalError).toMatchObject({ code: 'UPSTREAM_REJECTED' })
    expect(sent).toHaveLength(1)
  })

  it('answers people all the same', async () => {
    const { ask } = toyGateway(() => async () => {
      throw new UpstreamUnavailableError()
    })

    const { data, errors } = await ask('{ tokens { id } profiles { handle } }')

    expect(data).toEqual({ tokens: null, profiles: [{ handle: 'mara' }, { handle: 'ilse' }] })
    expect(errors?.map(({ path, originalError }) => [path, Object(originalError).code])).toEqual([
      [['tokens'], 'UPSTREAM_UNAVAILABLE'],
    ])
  })

  it('lets another wave learn the block when the first one failed', async () => {
    let calls = 0
    const { ask } = toyGateway((upstream) => async (request) => {
      calls += 1
      if (calls === 1) {
        throw new UpstreamUnavailableError()
      }
      return upstream(request)
    })

    const { data, extensions } = await ask('{ tokens { id } profiles(first: 1) { accounts { id } } }')

    expect(data).toEqual({ tokens: null, profiles: [{ accounts: [{ id: '0xa0' }, { id: '0xa3' }] }] })
    expect(extensions).toMatchObject({ chain: { block: { number: FIRST_HEAD + 1 } } })
  })

  it('keeps data that came with errors which say where they belong', async () => {
    const { ask } = toyGateway(() => async () => ({
      data: { tokens: [{ name: 'A' }, { name: null }] },
      errors: [{ message: 'no name', path: ['tokens', 1, 'name'] }],
    }))

    const { data, errors } = await ask('{ tokens { name } }')

    expect(data).toEqual({ tokens: [{ name: 'A' }, { name: null }] })
    expect(errors?.map(({ path }) => path)).toEqual([['tokens', 1, 'name']])
  })

  it.each([
    ['indexing_error', 'SUBGRAPH_FAILED'],
    ['Invalid value provided for argument `where`: Object({})', 'BAD_USER_INPUT'],
    [
      'Failed to decode `block.number` value: `subgraph QmX has only indexed up to block number 3 and data for block number 9 is therefore not yet available`',
      'BLOCK_UNAVAILABLE',
    ],
    ['store error: relation "sgd12.token" does not exist', 'UPSTREAM_REJECTED'],
  ])('reads %s as %s', async (message, code) => {
    const { ask } = toyGateway(() => async () => ({ errors: [{ message }] }))

    const { errors } = await ask('{ tokens { id } }')

    expect(errors?.map(({ originalError }) => Object(originalError).code)).toEqual([code])
    expect(errors?.[0]?.message).not.toMatch(/sgd12|QmX/)
  })

  it('reports a stopped subgraph beside the data that was asked for all the same', async () => {
    const { ask } = toyGateway(() => async () => ({ data: { tokens: [] }, errors: [{ message: 'indexing_error' }] }))

    const { data, errors } = await ask('{ tokens { id } }')

    expect(data).toEqual({ tokens: [] })
    expect(errors?.map(({ path, originalError }) => [path, Object(originalError).code])).toEqual([
      [undefined, 'SUBGRAPH_FAILED'],
    ])
  })
})

/** Fails as graph-node does: all of the document, without saying which field it was. */
function failing(field: string): (upstream: Upstream) => Upstream {
  return (upstream) => async (request) => {
    const result = await upstream(request)
    return request.document.includes(field) ? { errors: [{ message: 'it is broken' }] } : result
  }
}
