import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { fetchFrom } from '../files/fetch.ts'
import { filesIn } from '../ipfs/files.ts'
import { ipfsHandler } from './ipfs.ts'

async function anIpfs() {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-ipfs-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const files = filesIn(folder, { maxBytes: 1_000_000 })
  const handler = ipfsHandler(files)
  const call = async (method: string, url: string, form?: FormData) => {
    const [path = '', query = ''] = url.split('?')
    const sent = new globalThis.Response(form ?? null)
    const headers = { 'content-type': sent.headers.get('content-type') ?? '' }
    const body = Buffer.from(await sent.arrayBuffer())
    const answer = await handler({ method, path, search: new URLSearchParams(query), headers, body })
    return { status: answer.status, text: String(answer.body ?? '') }
  }
  const add = async (options: string, parts: readonly (readonly [string, string, string?])[]) => {
    const form = new FormData()
    for (const [name, content, type = 'application/octet-stream'] of parts)
      form.append('file', new File([content], name, { type }))
    const { status, text } = await call('POST', `/api/v0/add?${options}`, form)
    if (status !== 200) return [[status, JSON.parse(text).Message]]
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    return lines.map(({ Name, Hash, Size }) => [Name, Hash, Size])
  }
  return { files, call, add }
}

const folder = [
  ['b.json', '{"b":1}'],
  ['a.json', '{"a":1}'],
  ['sub%2Fc.txt', 'see'],
] as const

// From ipfs-unixfs-importer 17.1.1 with Kubo's pieces and fan-out.
it.each([
  [
    'wrap-with-directory=true',
    [
      ['b.json', 'QmU5mYrvxkuQ5oxNfJRDiAUEuizeUi3RyKgxfsfH5SJJjP', '15'],
      ['a.json', 'QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH', '15'],
      ['sub/c.txt', 'QmaACbaHokYPpzzuq9BXzxG4juasiKkaHGncXgqvVxucmV', '11'],
      ['sub', 'QmegCY2G5EQfhkStyV6E3yV7H1t84teR2UuZR2rsx29M3K', '62'],
      ['', 'QmZTEc1pcYareVTaE5KeiQhEjMp17cQvw4LxYDEus5vdGM', '237'],
    ],
  ],
  [
    'wrap-with-directory=true&raw-leaves=true',
    [
      ['b.json', 'bafkreihlr3j4znicgcj3k32jbjdfahui2cltm2d6mcp5xqohdm67room2m', '7'],
      ['a.json', 'bafkreiablk6x6xgfpiw5ss3vsdyevwaiijzzaxxdh3c45pvomitwvf7ymi', '7'],
      ['sub/c.txt', 'bafkreifkt2nvzed5kd7liehsvbhidk3sywxgojgvptgfgzipsnq5gpohgq', '3'],
      ['sub', 'QmQev3dXKELjmmCi6YuC54upggjuxL7bMMRZ2N793zeW1u', '56'],
      ['', 'QmRpsYc5xQ18S5iaJjgti2hH7Ew4Bbc7X9XBPCQAjEREkh', '219'],
    ],
  ],
  [
    'wrap-with-directory=true&cid-version=1',
    [
      ['b.json', 'bafkreihlr3j4znicgcj3k32jbjdfahui2cltm2d6mcp5xqohdm67room2m', '7'],
      ['a.json', 'bafkreiablk6x6xgfpiw5ss3vsdyevwaiijzzaxxdh3c45pvomitwvf7ymi', '7'],
      ['sub/c.txt', 'bafkreifkt2nvzed5kd7liehsvbhidk3sywxgojgvptgfgzipsnq5gpohgq', '3'],
      ['sub', 'bafybeibcmuvwt7ccq2v6ns7obvw3z6kriixkwzsrtuhuybb2x3ag467y4a', '56'],
      ['', 'bafybeibuvabxrxmpbc4u5o4ktq7c3d5pd3hlvygpypy6wk2ejippt74ylu', '221'],
    ],
  ],
])('adds what Kubo adds with %s, and finds it by its paths', async (options, lines) => {
  const { add, call, files } = await anIpfs()
  expect(await add(options, folder)).toEqual(lines)
  const root = lines.at(-1)?.[1]
  for (const [path, content] of [
    ['a.json', '{"a":1}'],
    ['sub/c.txt', 'see'],
  ] as const) {
    expect(await call('POST', `/api/v0/cat?arg=${root}/${path}`)).toEqual({ status: 200, text: content })
    expect(await call('GET', `/ipfs/${root}/${path}`)).toEqual({ status: 200, text: content })
    expect(await fetchFrom(files)(`${root}/${path}`, new AbortController().signal)).toEqual(
      new TextEncoder().encode(content),
    )
  }
  expect(await call('GET', `/ipfs/${root}/`)).toEqual({ status: 200, text: 'a.json\nb.json\nsub\n' })
  expect((await call('GET', `/ipfs/${root}/nothing`)).status).toBe(404)
  expect(await call('POST', `/api/v0/cat?arg=${root}/nothing`)).toMatchObject({
    status: 500,
    text: expect.stringContaining('no link'),
  })
  expect(await call('POST', `/api/v0/cat?arg=${root}/sub`)).toMatchObject({
    status: 500,
    text: expect.stringContaining('this dag node is a directory'),
  })
  expect(await call('POST', `/api/v0/pin/add?arg=/ipfs/${root}`)).toEqual({
    status: 200,
    text: JSON.stringify({ Pins: [root] }),
  })
})

it('adds a folder that is not wrapped, empty ones in it too', async () => {
  const { add } = await anIpfs()
  expect(
    await add('recursive=true', [
      ['d', '', 'application/x-directory'],
      ['d%2Fb.json', '{"b":1}'],
      ['d%2Fsub%2Fc.txt', 'see'],
    ]),
  ).toEqual([
    ['d/b.json', 'QmU5mYrvxkuQ5oxNfJRDiAUEuizeUi3RyKgxfsfH5SJJjP', '15'],
    ['d/sub/c.txt', 'QmaACbaHokYPpzzuq9BXzxG4juasiKkaHGncXgqvVxucmV', '11'],
    ['d/sub', 'QmegCY2G5EQfhkStyV6E3yV7H1t84teR2UuZR2rsx29M3K', '62'],
    ['d', 'QmaJHj457LQS5kWH9AFqhuxpUnyjETp4ueCqKMbB8oLT2X', '174'],
  ])
})

it('adds single files in either version, and with only-hash keeps nothing', async () => {
  const { add, call } = await anIpfs()
  expect(await add('cid-version=1&raw-leaves=false', [['x', 'hello']])).toEqual([
    ['x', 'bafybeid3weurg3gvyoi7nisadzolomlvoxoppe2sesktnpvdve3256n5tq', '13'],
  ])
  const [[, cid] = []] = await add('only-hash=true&cid-version=1', [['x', 'hello']])
  expect(cid).toBe('bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq')
  expect((await call('GET', `/ipfs/${cid}`)).status).toBe(404)
  await add('cid-version=1', [['x', 'hello']])
  expect(await call('GET', `/ipfs/${cid}`)).toEqual({ status: 200, text: 'hello' })
})

it.each([
  ['chunker=size-1024', 'the option "chunker" can only be size-262144 here, not size-1024'],
  ['hash=blake2b-256', 'the option "hash" can only be sha2-256 here, not blake2b-256'],
  ['trickle=true', 'the option "trickle" can only be false here, not true'],
  ['cid-version=2', 'unknown CID version: 2'],
  ['raw-leaves=maybe', 'the option "raw-leaves" is true or false, not maybe'],
])('says what it cannot do with %s', async (options, message) => {
  expect(await (await anIpfs()).add(options, [['x', 'hello']])).toEqual([[500, message]])
})

it('takes no file that would lie elsewhere', async () => {
  expect(await (await anIpfs()).add('', [['..%2Fx', 'hello']])).toEqual([
    [500, expect.stringContaining('invalid path')],
  ])
})

it('answers for the empty directory, by which others see that an IPFS is here', async () => {
  const { call } = await anIpfs()
  const path = '/ipfs/QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn'
  expect((await call('HEAD', path)).status).toBe(200)
  expect(await call('GET', path)).toEqual({ status: 200, text: '' })
  expect((await call('GET', `${path}?format=raw`)).status).toBe(200)
})
