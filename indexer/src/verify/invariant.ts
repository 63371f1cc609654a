import { load } from 'js-yaml'
import type { AbiFunction } from 'viem'
import { z } from 'zod'
import type { Hex } from '../chain/block.ts'
import type { ContractAbi } from '../deployment/abi.ts'
import type { Deployment } from '../deployment/deployment.ts'
import type { EntityType, Field } from '../deployment/schema.ts'
import { InvalidInvariantsError } from '../errors.ts'

/**
 * What must hold between the index and the chain at every block. In the file, each is one line:
 *
 *     Balance.amount = Patron.balanceOf(account)                   for every Balance
 *     Token.owner = Collection[collection].ownerOf(tokenId)        a contract at an address that the entity tells
 *     Offer.maker = Market.offers(id).maker                        one of several values, by its name or its place
 *     Proceeds.owed = Market.proceeds(account, id[20:40])          a part of bytes
 *     sum(Balance.amount) = Patron.totalSupply()                   over all entities of a type
 *     count(Collection) = Atelier.collectionCount()
 */
export interface Invariant {
  /** As it is written, without needless blanks: it is known by it. */
  readonly text: string
  readonly subject: Subject
  readonly call: ChainCall
  /** Only entities with these values, as text. */
  readonly where: readonly { readonly field: Field; readonly equals: string }[]
}

export type Subject =
  | { readonly kind: 'each'; readonly type: EntityType; readonly field: Field }
  | { readonly kind: 'sum'; readonly type: EntityType; readonly field: Field }
  | { readonly kind: 'count'; readonly type: EntityType }

export interface ChainCall {
  readonly abi: AbiFunction
  readonly address: Term
  readonly args: readonly Term[]
  /** Which of the values that it returns. */
  readonly output: number
}

/** Where an address or an argument comes from. */
export type Term =
  | { readonly kind: 'literal'; readonly value: string }
  /** Of a reference, the id. `slice`: bytes from and to. */
  | { readonly kind: 'field'; readonly field: Field; readonly slice?: readonly [number, number] }

const File = z.strictObject({
  invariants: z.array(
    z.union([
      z.string(),
      z.strictObject({
        claim: z.string(),
        where: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
      }),
    ]),
    'there must be a list `invariants:`',
  ),
})

/**
 * Reads `invariants.yaml`, which lies beside the manifest and is no part of the deployment.
 * @param name - what to call the file in an error
 * @throws {@link InvalidInvariantsError} with everything that is wrong with it
 */
export function parseInvariants(text: string, deployment: Deployment, name = 'invariants.yaml'): Invariant[] {
  const parsed = File.safeParse(readYaml(text, name))
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '))
    throw new InvalidInvariantsError(name, problems)
  }
  const read = parsed.data.invariants.map((entry) =>
    typeof entry === 'string'
      ? parseClaim(entry, {}, deployment)
      : parseClaim(entry.claim, entry.where ?? {}, deployment),
  )
  const problems = read.filter((one) => typeof one === 'string')
  const invariants = read.filter((one) => typeof one !== 'string')
  const texts = invariants.map((one) => one.text)
  problems.push(...texts.filter((one, i) => texts.indexOf(one) < i).map((one) => `\`${one}\` stands there twice`))
  if (problems.length > 0) throw new InvalidInvariantsError(name, problems)
  return invariants
}

function readYaml(text: string, name: string): unknown {
  try {
    return load(text)
  } catch (cause) {
    throw new InvalidInvariantsError(name, [cause instanceof Error ? cause.message : String(cause)], cause)
  }
}

// ── a claim ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const claimPattern = /^(.+?)\s*=\s*(\w+)\s*(?:\[([^\]]*)\])?\s*\.\s*(\w+)\s*\(([^()]*)\)\s*(?:\.\s*(\w+))?\s*$/

class Wrong extends Error {}

/** @returns what is wrong with it, if something is */
function parseClaim(
  claim: string,
  where: Readonly<Record<string, unknown>>,
  deployment: Deployment,
): Invariant | string {
  try {
    const [, left, contract = '', at, name = '', list = '', output] = claimPattern.exec(claim.trim()) ?? []
    if (left === undefined) {
      throw new Wrong(
        'it must look like Balance.amount = Patron.balanceOf(account), sum(Balance.amount) = … or count(Balance) = …',
      )
    }
    const subject = readSubject(left, deployment)
    const conditions = Object.entries(where).map(([key, value]) => {
      return { field: fieldOf(subject.type, key), equals: String(value) }
    })
    const call = readCall({ contract, at, name, list, output }, subject, deployment)
    const told = conditions.map(({ field, equals }) => `${field.name} = ${equals}`).join(', ')
    const text = claim.trim().replace(/\s+/g, ' ') + (told === '' ? '' : ` where ${told}`)
    return { text, subject, call, where: conditions }
  } catch (error) {
    if (error instanceof Wrong) return `\`${claim.trim()}\`: ${error.message}`
    throw error
  }
}

function readSubject(left: string, { schema }: Deployment): Subject {
  const [, fold, typeName = '', fieldName] = /^(?:(sum|count)\s*\(\s*)?(\w+)(?:\.(\w+))?\s*\)?$/.exec(left) ?? []
  const type = schema.entities.get(typeName)
  if (type === undefined) throw new Wrong(`the schema has no entity type \`${typeName || left}\``)
  if (fold === 'count') return { kind: 'count', type }
  if (fieldName === undefined) throw new Wrong(`\`${left}\` names no field`)
  const field = fieldOf(type, fieldName)
  if (fold === undefined) return { kind: 'each', type, field }
  const isNumber = field.type.kind === 'scalar' && ['Int', 'Int8', 'BigInt'].includes(field.type.name)
  if (!isNumber || field.isList) throw new Wrong(`\`${typeName}.${fieldName}\` is no whole number, so it has no sum`)
  return { kind: 'sum', type, field }
}

function fieldOf(type: EntityType, name: string): Field {
  const field = type.fields.find((one) => one.name === name)
  if (field === undefined) throw new Wrong(`\`${type.name}\` has no field \`${name}\``)
  if (field.derivedFrom !== undefined) throw new Wrong(`\`${type.name}.${name}\` is derived, not stored`)
  return field
}

interface CallText {
  readonly contract: string
  readonly at: string | undefined
  readonly name: string
  readonly list: string
  readonly output: string | undefined
}

function readCall({ contract, at, name, list, output }: CallText, subject: Subject, deployment: Deployment): ChainCall {
  const abi = functionOf(contract, name, list.trim() === '' ? 0 : list.split(',').length, deployment)
  const address: Term =
    at === undefined
      ? { kind: 'literal', value: addressOf(contract, deployment) }
      : readAddress(at.trim(), subject, deployment)
  const args = list.trim() === '' ? [] : list.split(',').map((one) => readTerm(one.trim(), subject))
  return { abi, address, args, output: outputIndex(abi, output) }
}

function functionOf(
  contract: string,
  name: string,
  count: number,
  { dataSources, templates }: Deployment,
): AbiFunction {
  const sources = [...dataSources, ...templates]
  const named = sources.find((source) => source.name === contract && source.abis.has(contract))
  const abi: ContractAbi | undefined = (named ?? sources.find(({ abis }) => abis.has(contract)))?.abis.get(contract)
  if (abi === undefined) throw new Wrong(`no ABI is called \`${contract}\``)
  const found = abi.abi.find((one) => one.type === 'function' && one.name === name && one.inputs.length === count)
  if (found?.type !== 'function') throw new Wrong(`\`${contract}\` has no function \`${name}\` with ${count} arguments`)
  return found
}

function addressOf(name: string, { dataSources }: Deployment): Hex {
  const address = dataSources.find((source) => source.name === name)?.address
  if (address !== undefined) return address
  throw new Wrong(`no data source \`${name}\` has an address; say where it is: ${name}[0x…] or ${name}[field]`)
}

function readAddress(text: string, subject: Subject, deployment: Deployment): Term {
  const isSource = deployment.dataSources.some(({ name, address }) => name === text && address !== undefined)
  return isSource ? { kind: 'literal', value: addressOf(text, deployment) } : readTerm(text, subject)
}

function readTerm(text: string, subject: Subject): Term {
  if (/^(0x[0-9a-fA-F]*|-?\d+|true|false)$/.test(text)) return { kind: 'literal', value: text.toLowerCase() }
  const [, name = '', from, to] = /^(\w+)(?:\[(\d+):(\d+)\])?$/.exec(text) ?? []
  if (name === '') throw new Wrong(`\`${text}\` is neither a field nor a value`)
  if (subject.kind !== 'each')
    throw new Wrong(`\`${text}\`: a ${subject.kind} is of all entities, none of which can be asked for \`${name}\``)
  const field = fieldOf(subject.type, name)
  if (field.isList) throw new Wrong(`\`${name}\` is a list`)
  return { kind: 'field', field, ...(from === undefined ? {} : { slice: [Number(from), Number(to)] as const }) }
}

function outputIndex({ name, outputs }: AbiFunction, wanted: string | undefined): number {
  if (outputs.length === 0) throw new Wrong(`\`${name}\` returns nothing`)
  if (wanted === undefined) {
    if (outputs.length > 1)
      throw new Wrong(
        `\`${name}\` returns ${outputs.length} values: say which, as in ${name}(…).${outputs[0]?.name || '0'}`,
      )
    return 0
  }
  const byName = outputs.findIndex((output) => output.name === wanted)
  const index = byName >= 0 ? byName : /^\d+$/.test(wanted) ? Number(wanted) : -1
  if (outputs[index] === undefined) throw new Wrong(`\`${name}\` returns no \`${wanted}\``)
  return index
}
