import type { AbiEvent, AbiFunction, AbiParameter } from 'viem'
import type { Hex } from '../chain/block.ts'
import type { ContractAbi } from './abi.ts'

/** A call that the manifest says a handler will make, so that it can be made before the handler runs. */
export interface DeclaredCall {
  readonly abi: AbiFunction
  readonly address: CallExpression
  readonly args: readonly CallExpression[]
}

/** Where an address or an argument of a declared call comes from. */
export type CallExpression =
  | { readonly kind: 'address' }
  /** An address. */
  | { readonly kind: 'literal'; readonly value: Hex }
  /** The parameter of the event at an index; then, of structs, the member at an index, and so on. */
  | { readonly kind: 'param'; readonly path: readonly number[] }

/**
 * Reads a call as a manifest declares it under an event handler.
 * @param text - such as `ERC20[event.address].balanceOf(event.params.to)`
 * @returns the call, or what is wrong with it
 */
export function parseDeclaredCall(
  text: string,
  abis: ReadonlyMap<string, ContractAbi>,
  event: AbiEvent,
): DeclaredCall | string {
  const [, contract = '', at = '', name = '', list = ''] =
    /^\s*(\w+)\s*\[([^\]]*)\]\s*\.\s*(\w+)\s*\(([^()]*)\)\s*$/.exec(text) ?? []
  if (name === '') return `\`${text}\` is no call: it must look like ERC20[event.address].balanceOf(event.params.to)`
  const contractAbi = abis.get(contract)
  if (!contractAbi) return `\`${text}\`: no ABI is called \`${contract}\``
  const texts = list.trim() === '' ? [] : list.split(',')
  const abi = functionOf(contractAbi, name, texts.length)
  if (!abi) return `\`${text}\`: \`${contract}\` has no function \`${name}\` with ${texts.length} arguments`
  const address = parseExpression(at.trim(), event)
  if (typeof address === 'string') return `\`${text}\`: ${address}`
  const args = texts.map((one) => parseExpression(one.trim(), event))
  const problem = args.find((one) => typeof one === 'string')
  if (typeof problem === 'string') return `\`${text}\`: ${problem}`
  return { abi, address, args: args.filter((one) => typeof one !== 'string') }
}

/** Whether a declared call looks into structs: younger than the calls themselves. */
export function looksIntoStructs({ address, args }: DeclaredCall): boolean {
  return [address, ...args].some((one) => one.kind === 'param' && one.path.length > 1)
}

/** Of several with one name, the first that takes as many arguments. */
function functionOf({ abi }: ContractAbi, name: string, count: number): AbiFunction | null {
  const found = abi.find((entry) => entry.type === 'function' && entry.name === name && entry.inputs.length === count)
  return found?.type === 'function' ? found : null
}

function parseExpression(text: string, event: AbiEvent): CallExpression | string {
  if (text === 'event.address') return { kind: 'address' }
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return { kind: 'literal', value: text.toLowerCase() as Hex }
  const [root, params, ...names] = text.split('.')
  if (root !== 'event' || params !== 'params' || names.length === 0) return `\`${text}\` is no expression`
  let members: readonly AbiParameter[] = event.inputs
  const path: number[] = []
  for (const name of names) {
    const index = memberIndex(members, name, path.length > 0)
    const member = members[index]
    if (!member) return `\`${text}\` names nothing: there is no \`${name}\``
    path.push(index)
    members = member.type === 'tuple' && 'components' in member ? member.components : []
  }
  return { kind: 'param', path }
}

/** Members of structs go by their place, too. */
function memberIndex(members: readonly AbiParameter[], name: string, isMember: boolean): number {
  const byName = members.findIndex((each) => each.name === name)
  return byName < 0 && isMember && /^\d+$/.test(name) ? Number(name) : byName
}
