import type { Abi, AbiEvent, AbiFunction, AbiParameter } from 'viem'
import type { Hex } from '../chain/block.ts'
import { keccak256 } from './keccak.ts'

export { decodeArguments, decodeTopic, encodeArguments, encodeValue, parseType } from './abi-codec.ts'
export type { AbiValue } from './abi-value.ts'

/** An ABI, normalised as graph-node does before it looks anything up. */
export interface ContractAbi {
  readonly name: string
  readonly abi: Abi
}

/**
 * Finds the event that a manifest names.
 * @param signature - with `indexed ` before each indexed parameter
 * @returns the one whose full signature equals the text; else the only one of that name whose types do; else null
 */
export function findEvent({ abi }: ContractAbi, signature: string): AbiEvent | null {
  const events = abi.filter((entry) => entry.type === 'event')
  const wanted = compactSignature(signature)
  const exact = events.find((event) => eventSignature(event, true) === wanted)
  if (exact) return exact
  const name = wanted.slice(0, wanted.indexOf('('))
  const [only, ...others] = events.filter((event) => event.name === name)
  const isSame = only !== undefined && eventSignature(only, false) === canonicalEvent(signature)
  return isSame && others.length === 0 ? only : null
}

/**
 * @param signature - `name(in):(out)`, as generated classes pass it to `ethereum.call`; null before apiVersion 0.0.4: by name only
 * @returns null if the ABI has none
 */
export function findFunction({ abi }: ContractAbi, name: string, signature: string | null): AbiFunction | null {
  const functions = abi.filter((entry) => entry.type === 'function' && entry.name === name)
  const wanted = signature?.replace(/\s/g, '')
  const found = functions.find(
    (entry) => entry.type === 'function' && (wanted === undefined || functionSignature(entry) === wanted),
  )
  return found?.type === 'function' ? found : null
}

/**
 * Finds the function whose calls a manifest listens to: one that may change something.
 * @param signature - `transfer(address,uint256)`
 * @returns null if the ABI has none
 */
export function findCalledFunction({ abi }: ContractAbi, signature: string): AbiFunction | null {
  const wanted = signature.replace(/\s/g, '')
  const found = abi.find(
    (entry) =>
      entry.type === 'function' &&
      (entry.stateMutability === 'payable' || entry.stateMutability === 'nonpayable') &&
      `${entry.name}(${typeList(entry.inputs)})` === wanted,
  )
  return found?.type === 'function' ? found : null
}

/** topic0 of the event with this signature, `indexed` marks or not. */
export function eventTopic(signature: string): Hex {
  return keccak256(Buffer.from(canonicalEvent(signature)))
}

/** The first four bytes of a call's input. */
export function selector(fn: AbiFunction): Hex {
  return selectorOf(`${fn.name}(${typeList(fn.inputs)})`)
}

/** @param signature - `transfer(address,uint256)` */
export function selectorOf(signature: string): Hex {
  return keccak256(Buffer.from(signature.replace(/\s/g, ''))).slice(0, 10) as Hex
}

/** `balanceOf(address):(uint256)`; of what returns nothing, `burn(uint256)` */
export function functionSignature(fn: AbiFunction): string {
  const outputs = fn.outputs.length === 0 ? '' : `:(${typeList(fn.outputs)})`
  return `${fn.name}(${typeList(fn.inputs)})${outputs}`
}

function eventSignature(event: AbiEvent, withIndexed: boolean): string {
  const params = event.inputs.map((input) => `${withIndexed && input.indexed ? 'indexed ' : ''}${typeText(input)}`)
  return `${event.name}(${params.join(',')})`
}

function canonicalEvent(signature: string): string {
  return compactSignature(signature).replaceAll('indexed ', '')
}

/** Without blanks, except the one behind each `indexed`. */
function compactSignature(signature: string): string {
  return signature
    .replace(/\s+/g, ' ')
    .replace(/ ?([(),]) ?/g, '$1')
    .trim()
}

function typeList(params: readonly AbiParameter[]): string {
  return params.map(typeText).join(',')
}

/** `(address,uint256)[]` for a tuple, else the type itself. */
function typeText(param: AbiParameter): string {
  if (!('components' in param) || !param.components) return param.type
  return `(${typeList(param.components)})${param.type.slice('tuple'.length)}`
}
