import { expect, it } from 'vitest'
import { ask } from '../graphql.ts'
import { tokens } from './ledger.ts'
import { aRig, theLedger } from './rig.ts'

const manifest = theLedger()
const largest = (2n ** 256n - 1n).toString()

it('stores values that are odd but legal as themselves', async () => {
  const { start, isRight } = await aRig(manifest())
  const indexer = await start()
  await isRight(indexer)

  const { data } = await ask(
    indexer.subgraph,
    `{ mute: token(id: "${tokens.mute}") { symbol name }
       odd: token(id: "${tokens.odd}") { symbol name }
       updates: metadataUpdates { block }
       largest: transfers(where: { value: "${largest}" }) { value block } }`,
  )

  // No data is no symbol; a NUL, which no text of Postgres can hold, is left out, as graph-node leaves it out.
  expect(data).toMatchObject({ mute: { symbol: null, name: 'Mute' }, odd: { symbol: 'ODD', name: 'Odd' } })
  expect(data?.updates).toHaveLength(7)
  expect(data?.largest).toHaveLength(4)
})

it('stores a log index near 2^32, which chains give to logs of their own', async () => {
  const { start, isRight } = await aRig(manifest(), { isMadeUp: true })
  const indexer = await start()
  await isRight(indexer)

  const { data } = await ask(indexer.subgraph, '{ transfers(where: { logIndex: "4294967266" }) { block } }')

  expect(data?.transfers).toHaveLength(9)
})

it('moves on through five hundred blocks without a single log', async () => {
  const { chain, start, isRight } = await aRig(manifest(), { logsOf: () => [] })
  const indexer = await start()
  await isRight(indexer)

  await chain.mine(500)

  await isRight(indexer)
})
