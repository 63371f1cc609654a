import type { Abi, AbiEvent, AbiFunction, AbiParameter } from 'viem'
import { z } from 'zod'
import type { Hex } from '../chain/block.ts'
import { keccak256 } from './keccak.ts'

export { decodeArguments, decodeTopic, encodeArguments, encodeValue, parseType } from './abi-codec.ts'
export type { AbiValue } from './abi-value.ts'

/** An ABI, normalised as graph-node does before it looks anything up. */
export interface ContractAbi {
  readonly name: string
  readonly abi: Abi
}

const parameterShape: z.ZodType<AbiParameter & { indexed?: boolean }> = z.lazy(() =>
  z.object({
    type: z.string(),
    name: z.string().default(''),
    internalType: z.string().optional(),
    indexed: z.boolean().optional(),
    components: z.array(parameterShape).optional(),
  }),
)

const entryShape = z.looseObject({
  type: z.string().default('function'),
  name: z.string().optional(),
  stateMutability: z.string().optional(),
  constant: z.boolean().optional(),
  payable: z.boolean().optional(),
  anonymous: z.boolean().optional(),
  inputs: z.array(parameterShape).default([]),
  outputs: z.array(parameterShape).optional(),
})

type Entry = z.infer<typeof entryShape>

/**
 * Reads an ABI: a bare array, or an artifact that holds one.
 * @param json - the file's text
 * @throws Error with what is wrong with it, in one sentence
 */
export function parseAbi(name: string, json: string): ContractAbi {
  const entries = z.array(entryShape).safeParse(bareAbi(JSON.parse(json)))
  if (!entries.success) throw new Error(`it is not an ABI: ${z.prettifyError(entries.error).replaceAll('\n', ' ')}`)
  const onlyFirst = new Set<string>()
  const kept = entries.data.filter(({ type }) => {
    if (type !== 'constructor' && type !== 'fallback') return true
    const isFirst = !onlyFirst.has(type)
    onlyFirst.add(type)
    return isFirst
  })
  return { name, abi: kept.map(normaliseEntry) as unknown as Abi }
}

function bareAbi(json: unknown): unknown {
  if (Array.isArray(json) || typeof json !== 'object' || json === null) return json
  if ('abi' in json) return json.abi
  return 'compilerOutput' in json ? bareAbi(json.compilerOutput) : json
}

/** Old compilers wrote `constant` and `payable`, some tools `undefined`; `indexed` means something in events only. */
function normaliseEntry(entry: Entry): Entry {
  if (entry.type === 'event') return entry
  const strip = (param: AbiParameter & { indexed?: boolean }): AbiParameter => {
    const { indexed: _, ...rest } = param
    return rest
  }
  const { stateMutability, constant, payable } = entry
  const mutability =
    stateMutability !== undefined && stateMutability !== 'undefined'
      ? stateMutability
      : constant === true
        ? 'view'
        : payable === true
          ? 'payable'
          : 'nonpayable'
  const inputs = entry.inputs.map(strip)
  const outputs = entry.type === 'function' ? { outputs: (entry.outputs ?? []).map(strip) } : {}
  return { ...entry, stateMutability: mutability, inputs, ...outputs }
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
