import { expect, it } from 'vitest'
import { filePath } from './path.ts'

const v0 = 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn'
const v1 = 'bafkreiasoa5p566szcbc6b2pywfwxe6mhol7kj6avc3c546qmsoucvsa6m'

it.each([
  [v0, v0],
  [v1, v1],
  [`/ipfs/${v1}`, v1],
  [`ipfs/${v0}`, v0],
  [`ipfs://${v1}`, v1],
  [` ${v1}/dir/a.json `, `${v1}/dir/a.json`],
  // Of another hash: blake2b-256, and the bytes themselves.
  [
    'bafk2bzacea73ycjnxe2qov7cvnhx52lzfp6nf5jcblnfus6gqreh6ygganbws',
    'bafk2bzacea73ycjnxe2qov7cvnhx52lzfp6nf5jcblnfus6gqreh6ygganbws',
  ],
  ['bafkqabtimvwgy3yk', 'bafkqabtimvwgy3yk'],
])('reads %j', (text, path) => {
  expect(filePath(text)).toBe(path)
})

it.each([
  '',
  'nonsense',
  v0.slice(0, -1),
  v1.slice(0, -2),
  `${v1}?a=b`,
  `${v1}#a`,
  'https://example.org/a.json',
  `-${v1}`,
])('finds no content behind %j', (text) => {
  expect(filePath(text)).toBeNull()
})
