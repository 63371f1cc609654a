import { type AbiEvent, parseAbi } from 'viem'
import { describe, expect, it } from 'vitest'
import { looksIntoStructs, parseDeclaredCall } from './declared-call.ts'

const abi = parseAbi([
  'struct Inner { uint256 amount; address holder }',
  'struct Pair { address target; Inner inner }',
  'event Paired(Pair pair, address indexed by, string note)',
  'function balanceOf(address owner) view returns (uint256)',
  'function balanceOf(address owner, uint256 id) view returns (uint256)',
  'function name() view returns (string)',
])
const event = abi[0] as AbiEvent
const abis = new Map([['Token', { name: 'Token', abi }]])
const parse = (text: string) => parseDeclaredCall(text, abis, event)

describe('a declared call', () => {
  it('names a contract, where it is, a function and its arguments', () => {
    const literal = '0x00000000000000000000000000000000000000AA'
    expect(parse('Token[event.address].name()')).toMatchObject({ abi: { name: 'name' }, address: { kind: 'address' } })
    expect(parse(` Token [ ${literal} ] . balanceOf( event.params.by ) `)).toEqual({
      abi: expect.objectContaining({ name: 'balanceOf' }),
      address: { kind: 'literal', value: literal.toLowerCase() },
      args: [{ kind: 'param', path: [1] }],
    })
  })

  it('chooses among functions of one name by the number of arguments', () => {
    const call = parse('Token[event.address].balanceOf(event.params.by, event.params.pair.inner.amount)')
    expect(call).toMatchObject({ abi: { inputs: { length: 2 } }, args: [{ path: [1] }, { path: [0, 1, 0] }] })
  })

  it('reaches members of structs by name or by place', () => {
    const [byName, byPlace, whole] = [
      parse('Token[event.params.pair.target].name()'),
      parse('Token[event.params.pair.1.holder].name()'),
      parse('Token[event.params.by].name()'),
    ]
    expect(byName).toMatchObject({ address: { path: [0, 0] } })
    expect(byPlace).toMatchObject({ address: { path: [0, 1, 1] } })
    expect([byName, byPlace, whole].map((call) => typeof call !== 'string' && looksIntoStructs(call))).toEqual([
      true,
      true,
      false,
    ])
  })

  it.each([
    ['balanceOf(event.params.by)', 'is no call'],
    ['Nope[event.address].name()', 'no ABI is called `Nope`'],
    ['Token[event.address].name(event.params.by)', 'has no function `name` with 1 arguments'],
    ['Token[event.sender].name()', '`event.sender` is no expression'],
    ['Token[event.params.to].name()', 'there is no `to`'],
    ['Token[event.params.by.0].name()', 'there is no `0`'],
    ['Token[0x12].name()', '`0x12` is no expression'],
  ])('%s is refused', (text, problem) => {
    expect(parse(text)).toContain(problem)
  })
})
