import { expect, it } from 'vitest'
import { cidText, isNameOf, parseCid } from './cid.ts'
import { cidOfFile, directoryBlock, fileBlocks, readDirectory, readNode } from './unixfs.ts'

/** Bytes that repeat nowhere near a piece's length. */
function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) * 13 + (i >> 16)) & 255)
}

// From ipfs-unixfs-importer 17.1.1 with `cidVersion: 0`, `rawLeaves: false`, and the piece and fan-out that `ipfs add` has.
it.each([
  [0, 'QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH', 6],
  [1, 'QmS9JArPwa55ePgDnyg6TzX24mYTS1b1vLqWNebyVotKxQ', 9],
  [262_143, 'QmP3ECawtN3zCMufNEDBB3gYCUSYs1FKweCvNzSV96Bo5N', 262_157],
  [262_144, 'QmewEgzWPbtXtEaRHzoBHXXa3LpuFEQ4G95SqTJzKvRQSm', 262_158],
  [262_145, 'QmVwfh3zG4prxV6hE4CzMiXJxhDpgadSspYDyCGCC2Dk3S', 262_267],
  [174 * 262_144, 'QmNikeUq4ktvNgGKM7GoZzArvsYgMiw6RweBFkurhDmCTz', 45_623_854],
  [174 * 262_144 + 1, 'QmcYNzZkCCoRKbExWa5VWeykY1eYCBL7vGEfiWnTXwKiX4', 45_624_016],
])('names a file of %i bytes as ipfs add does', (length, cid, totalBytes) => {
  const { root, ...file } = fileBlocks(bytes(length))
  expect(cidText(root)).toBe(cid)
  expect(file.totalBytes).toBe(totalBytes)
})

// From the same, told so.
it.each([
  [0, true, 1, 'bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu', 1],
  [0, true, 262_145, 'QmWjpzASv6g2BBqJH3gZUwUjqDxVKmdeNz2JY14AAKhqf5', 262_249],
  [1, true, 0, 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku', 0],
  [1, true, 262_144, 'bafkreicrb5fz5e4dgl2ptc756j76vidopiphkihb3sj5fstti4n6zodgoa', 262_144],
  [1, true, 600_000, 'bafybeicfotdh3w7bupyprbw35hclsqdeu67pdjp2nhoan4eqfa2cixuawi', 600_158],
  [1, false, 1, 'bafybeibyqyrkx66boqbutl5oktknecxgnl43cipcls3knonfmi727rdtnu', 9],
  [1, false, 600_000, 'bafybeihvexp372tiwrqghm6iy7e3by7hc3t5u4jn7cyul36jdl4codrtfq', 600_200],
] as const)(
  'names in version %i, pieces raw: %s, a file of %i bytes',
  (version, rawLeaves, length, cid, totalBytes) => {
    const { root, ...file } = fileBlocks(bytes(length), { version, rawLeaves })
    expect(cidText(root)).toBe(cid)
    expect(file.totalBytes).toBe(totalBytes)
  },
)

it('names the directory of nothing, by which an IPFS node is known', () => {
  expect(cidText(directoryBlock(new Map()).cid)).toBe('QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn')
})

it('reads a directory back, and nothing else as one', () => {
  const target = { cid: cidOfFile(bytes(5)), totalBytes: 13 }
  const { bytes: block } = directoryBlock(
    new Map([
      ['ü.json', target],
      ['a', target],
    ]),
  )
  expect([...(readDirectory(block) ?? [])]).toEqual([
    ['a', target.cid],
    ['ü.json', target.cid],
  ])
  expect(readDirectory(fileBlocks(bytes(5)).blocks[0]?.bytes ?? block)).toBeNull()
  expect(readNode(block)).toBeNull()
})

it('names the words that everybody adds first', () => {
  expect(cidText(cidOfFile(Buffer.from('hello world\n')))).toBe('QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o')
})

it('reads back from its blocks what it took apart', () => {
  const content = bytes(600_000)
  const { root, blocks } = fileBlocks(content)
  const byName = new Map(blocks.map(({ cid, bytes: block }) => [cidText(cid), block]))
  const node = readNode(byName.get(cidText(root)) ?? new Uint8Array())
  const pieces = node?.children.map(
    (cid) => readNode(byName.get(cidText(cid)) ?? new Uint8Array())?.data ?? new Uint8Array(),
  )
  expect(pieces?.map((piece) => piece.byteLength)).toEqual([262_144, 262_144, 75_712])
  expect(Buffer.concat(pieces ?? []).equals(content)).toBe(true)
})

it('knows a block by both of its names, and no other', () => {
  const [block] = fileBlocks(Buffer.from('hello world\n')).blocks
  const old = parseCid('QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o')
  const young = parseCid('bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby')
  expect(old && block && isNameOf(old, block.bytes)).toBe(true)
  expect(young && block && isNameOf(young, block.bytes)).toBe(true)
  expect(young && cidText(young)).toBe('bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby')
  for (const text of ['', 'Qm', 'QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff50', 'bafy', '../etc/passwd']) {
    expect(parseCid(text)).toBeNull()
  }
})

it.each([
  ['nothing', new Uint8Array()],
  ['a directory', Uint8Array.from([0x0a, 0x02, 0x08, 0x01])],
  ['noise', bytes(50)],
])('takes %s for no file', (_, block) => {
  expect(readNode(block)).toBeNull()
})
