import { expect, it } from 'vitest'
import { fileIndex } from '../../test/file-index.ts'

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
