import { type AbiEvent, encodeFunctionData, parseAbi } from 'viem'
import { expect, it } from 'vitest'
import { aLogOf, anAddress } from '../../test/block.ts'
import { type DeclaredCall, parseDeclaredCall } from '../deployment/declared-call.ts'
import { readyCalls } from './declared.ts'
import { decodeLog } from './decode.ts'

const abi = parseAbi([
  'struct Pair { address target; uint256 amount }',
  'event Paired(Pair pair, address indexed by, int256 change, string note)',
  'function balanceOf(address owner) view returns (uint256)',
  'function share(address owner, uint256 amount) view returns (uint256)',
])
const event = abi[0] as AbiEvent
const log = aLogOf(event, {
  pair: { target: anAddress(0x71), amount: 9n },
  by: anAddress(0xb0b),
  change: 5n,
  note: 'hi',
})

function ready(...texts: readonly string[]) {
  const calls = texts.map((text) => parseDeclaredCall(text, new Map([['Token', { name: 'Token', abi }]]), event))
  const good = calls.filter((call): call is DeclaredCall => typeof call !== 'string')
  return readyCalls(good, log, decodeLog(event, log) ?? [])
}

it('fills in the emitter, parameters, members of structs and literals', () => {
  const owner = `0x00000000000000000000000000000000000000AA`
  expect(
    ready(
      'Token[event.address].balanceOf(event.params.by)',
      'Token[event.params.pair.target].share(event.params.pair.0, event.params.pair.amount)',
      `Token[event.params.by].balanceOf(${owner})`,
    ),
  ).toEqual([
    { to: anAddress(0x70), data: encodeFunctionData({ abi, functionName: 'balanceOf', args: [anAddress(0xb0b)] }) },
    { to: anAddress(0x71), data: encodeFunctionData({ abi, functionName: 'share', args: [anAddress(0x71), 9n] }) },
    { to: anAddress(0xb0b), data: encodeFunctionData({ abi, functionName: 'balanceOf', args: [owner] }) },
  ])
})

it('leaves out calls whose values are of another kind than the function takes', () => {
  expect(
    ready(
      'Token[event.params.note].balanceOf(event.params.by)',
      'Token[event.address].balanceOf(event.params.note)',
      'Token[event.address].share(event.params.by, event.params.change)',
    ),
  ).toEqual([])
})
