import { expect, it } from 'vitest'
import { type FileIndex, fileIndex } from '../../test/file-index.ts'
import { readDeployments } from '../store/deployments.ts'
import { sql } from '../store/sql.ts'

it('handles a file in the block after the one that asked for it, and shows what it wrote to queries only', async () => {
  await using index = await fileIndex()
  const cid = index.put('post a', 'read a', 'read thread', 'who me', 'fact f')
  await index.chain.block(`create ${cid}`)
  await index.caughtUp()
  await index.handled(cid)
  await index.chain.block('read a')
  await index.caughtUp()

  expect(await index.ask('{ posts { id text thread { id } } facts { id } threads { id text posts { id } } }')).toEqual({
    data: {
      posts: [
        { id: 'a', text: 'post a', thread: { id: 'thread' } },
        { id: 'me', text: `${cid} anvil no number`, thread: { id: 'thread' } },
        { id: 'read a', text: 'post a', thread: { id: 'thread' } },
        { id: 'read thread', text: 'nothing', thread: { id: 'thread' } },
      ],
      facts: [{ id: 'f' }],
      threads: [
        { id: 'read a', text: 'nothing, 0 related', posts: [] },
        { id: 'thread', text: '4', posts: [{ id: 'a' }, { id: 'me' }, { id: 'read a' }, { id: 'read thread' }] },
      ],
    },
  })
  expect(
    await index.ask('{ before: posts(block: { number: 2 }) { id } since: posts(block: { number: 3 }) { id } }'),
  ).toMatchObject({
    data: { before: [], since: [{}, {}, {}, {}] },
  })
})

it('asks again for what was not found, keeps waiting through a restart, and takes the same wish for one', async () => {
  await using index = await fileIndex()
  const late = index.cidOf('post late')
  await index.chain.block(`create ${late}`, `create /ipfs/${late}`, 'create nonsense')
  await index.caughtUp()
  expect(await fileSources(index)).toEqual([{ region: 1, path: late, block_number: 2, done_at: null }])
  await index.chain.block()
  await index.restart()
  await index.caughtUp()
  expect(await index.ask('{ posts { id } }')).toEqual({ data: { posts: [] } })

  index.put('post late')
  await index.handled(late)
  expect(await index.ask('{ posts { id } }')).toEqual({ data: { posts: [{ id: 'late' }] } })
})

it('tells a handler which file it has, and the context it was asked for with', async () => {
  await using index = await fileIndex()
  const cid = index.put('who me')
  await index.chain.block([`context ${cid}`, 5n])
  await index.caughtUp()
  await index.handled(cid)

  expect(await index.ask('{ posts { text } }')).toEqual({ data: { posts: [{ text: `${cid} anvil 5` }] } })
})

it('lets a file ask for another one', async () => {
  await using index = await fileIndex()
  const inner = index.put('post inner')
  const outer = index.put('post outer', `create ${inner}`)
  await index.chain.block(`create ${outer}`)
  await index.caughtUp()
  await index.handled(outer)
  await index.handled(inner)

  expect(await index.ask('{ posts { id } }')).toEqual({ data: { posts: [{ id: 'inner' }, { id: 'outer' }] } })
  expect(await fileSources(index)).toMatchObject([{ done_at: 3 }, { block_number: 3, done_at: 4 }])
})

it('takes back with a block what a file wrote in it, and handles the file again', async () => {
  await using index = await fileIndex()
  const cid = index.put('post a', 'fact f')
  await index.chain.block(`create ${cid}`)
  await index.caughtUp()
  await index.handled(cid)
  await index.chain.do('anvil_reorg', 1, [])
  await index.until(({ kind }) => kind === 'reverted')
  await index.chain.block()
  await index.until((event) => event.kind === 'committed' && event.block.number === 4)

  expect(await index.ask('{ posts { id } facts { id } }')).toEqual({
    data: { posts: [{ id: 'a' }], facts: [{ id: 'f' }] },
  })
  const [source] = await fileSources(index)
  expect(source?.done_at).toBeGreaterThanOrEqual(3)
})

it('keeps the whole block back while a file fails', async () => {
  await using index = await fileIndex()
  const cid = index.put('post a', 'abort now')
  await index.chain.block(`create ${cid}`)
  await index.caughtUp()
  await index.brought(cid)
  await index.chain.block('read a')
  await index.until(({ kind }) => kind === 'failed')

  const [deployment] = await readDeployments(index.postgres)
  expect(deployment?.progress).toMatchObject({ block: { number: 2 }, health: 'failed' })
  expect(deployment?.errors).toEqual([
    {
      message: expect.stringMatching(
        /^error while executing at wasm backtrace:.*src\/file\/handleFile: Mapping aborted at src\/file.ts, line 34, column 29, with message: abort now in handler `handleFile` at block #2 \(\)$/,
      ),
      handler: null,
      isDeterministic: false,
      isFatal: true,
      block: { number: 3, hash: expect.anything() },
    },
  ])
  expect(await index.ask('{ threads(subgraphError: allow) { id } posts(subgraphError: allow) { id } }')).toMatchObject({
    data: { threads: [{ id: 'thread' }], posts: [] },
  })
})

it('does not let a file and the chain write one entity', async () => {
  await using index = await fileIndex()
  const cid = index.put('post a')
  await index.chain.block('post a', `create ${cid}`)
  await index.caughtUp()
  await index.brought(cid)
  await index.chain.block()
  await index.until(({ kind }) => kind === 'failed')

  expect(await index.ask('{ posts(subgraphError: allow) { id text } }')).toMatchObject({
    data: { posts: [{ id: 'a', text: 'from the chain' }] },
  })
})

async function fileSources({ postgres }: FileIndex) {
  return postgres.run(sql`select region, convert_from(path, 'UTF8') as path, block_number, done_at from heddle.file_sources
    order by region`)
}

it('answers ipfs.cat, ipfs.getBlock and ipfs.map where the operator allows it', async () => {
  await using index = await fileIndex({ mayAskIpfs: true })
  const cid = index.put('{"id":"a"}', '{"id":"b"}')
  await index.chain.block(`cat ${cid}`, `block ${cid}`, `map ${cid}`, 'cat nonsense')
  await index.caughtUp()

  expect(await index.ask('{ threads { id text } }')).toEqual({
    data: {
      threads: [
        { id: 'block', text: '{"id":"a"}\n{"id":"b"}' },
        { id: 'cat', text: 'nothing' },
        { id: 'map/a', text: 'a' },
        { id: 'map/b', text: 'b' },
        { id: 'thread', text: '2' },
      ],
    },
  })
})
