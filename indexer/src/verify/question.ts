import type { AbiParameter } from 'viem'
import type { StateAnswer, StateQuestion } from '../chain/call.ts'
import { selector } from '../deployment/abi.ts'
import { decodeArguments, encodeArguments } from '../deployment/abi-codec.ts'
import type { AbiValue } from '../deployment/abi-value.ts'
import type { Entity } from '../entity/entity.ts'
import { describeValue, type Value } from '../entity/value.ts'
import { AbiMismatchError } from '../errors.ts'
import type { ChainCall, Invariant, Term } from './invariant.ts'

/** What one invariant asks the chain about one entity, or about all of a type. */
export interface Claim {
  readonly invariant: Invariant
  /** As text; empty for a sum or a count. */
  readonly id: string
  /** What the index holds, as it is compared. */
  readonly found: string
  readonly question: Extract<StateQuestion, { kind: 'call' }>
}

/** Nothing: a null of the index, the zero address, a call that reverts. */
const nothing = 'null'
const zeroAddress = /^0x0{40}$/

/**
 * @param found - of a sum or a count, the number
 * @returns null where it cannot be asked: an address or an argument is null, say
 */
export function claimOf(invariant: Invariant, entity: Entity, found?: string): Claim | null {
  const { subject, call } = invariant
  const id = entity.get('id')
  const to = termText(call.address, entity)
  if (to === null || !/^0x[0-9a-f]{40}$/.test(to)) return null
  const data = callData(call, entity)
  if (data === null) return null
  const held = found ?? (subject.kind === 'each' ? plainValue(entity.get(subject.field.name)) : '')
  return {
    invariant,
    id: id === undefined ? '' : describeValue(id),
    found: zeroAddress.test(held) ? nothing : held,
    question: { kind: 'call', to: to as `0x${string}`, data },
  }
}

/** What the chain holds, in the words of {@link Claim.found}. */
export function expectedOf({ invariant: { call } }: Pick<Claim, 'invariant'>, answer: StateAnswer): string {
  if (typeof answer !== 'string') return nothing
  const value = decodeArguments(call.abi.outputs, answer)?.[call.output]
  if (value === undefined) return nothing
  const text = abiText(value)
  return zeroAddress.test(text) ? nothing : text
}

function callData({ abi, args }: ChainCall, entity: Entity): `0x${string}` | null {
  const values: AbiValue[] = []
  for (const [i, term] of args.entries()) {
    const text = termText(term, entity)
    const value = text === null ? null : abiValue(text, abi.inputs[i])
    if (value === null) return null
    values.push(value)
  }
  try {
    return `${selector(abi)}${encodeArguments(abi.inputs, values).slice(2)}` as `0x${string}`
  } catch (error) {
    if (error instanceof AbiMismatchError) return null
    throw error
  }
}

function termText(term: Term, entity: Entity): string | null {
  if (term.kind === 'literal') return term.value
  const value = entity.get(term.field.name)
  if (value === undefined) return null
  const text = plainValue(value)
  if (term.slice === undefined) return text
  const [from, to] = term.slice
  return text.length < 2 + to * 2 ? null : `0x${text.slice(2 + from * 2, 2 + to * 2)}`
}

function plainValue(value: Value | undefined): string {
  return value === undefined ? nothing : describeValue(value)
}

function abiValue(text: string, param: AbiParameter | undefined): AbiValue | null {
  const type = param?.type ?? ''
  if (/^u?int\d*$/.test(type)) {
    if (!/^(-?\d+|0x[0-9a-f]+)$/.test(text)) return null
    return { kind: type.startsWith('u') ? 'uint' : 'int', value: BigInt(text) }
  }
  if (type === 'address')
    return /^0x[0-9a-f]{40}$/.test(text) ? { kind: 'address', value: text as `0x${string}` } : null
  if (/^bytes\d+$/.test(type)) return { kind: 'fixedBytes', value: text as `0x${string}` }
  if (type === 'bytes') return { kind: 'bytes', value: text as `0x${string}` }
  if (type === 'bool') return { kind: 'bool', value: text === 'true' }
  return type === 'string' ? { kind: 'string', value: text } : null
}

/** As the value of the index would be told. Postgres holds no NUL, so none is compared. */
function abiText(value: AbiValue): string {
  switch (value.kind) {
    case 'array':
    case 'fixedArray':
    case 'tuple':
      return `[${value.value.map(abiText).join(', ')}]`
    case 'string':
      return value.value.replaceAll('\0', '')
    default:
      return String(value.value)
  }
}
