import type { Abi, AbiParameter } from 'viem'
import { z } from 'zod'
import type { ContractAbi } from './abi.ts'

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
  type: z.string(),
  name: z.string().optional(),
  stateMutability: z.string().optional(),
  constant: z.boolean().optional(),
  payable: z.boolean().optional(),
  anonymous: z.boolean().optional(),
  inputs: z.array(parameterShape).optional(),
  outputs: z.array(parameterShape).optional(),
})

type Entry = z.infer<typeof entryShape>

/** What an entry must have beside its type. */
const needed: ReadonlyMap<string, readonly string[]> = new Map([
  ['constructor', ['inputs']],
  ['fallback', []],
  ['receive', []],
  ['function', ['name', 'inputs', 'outputs']],
  ['event', ['name', 'inputs', 'anonymous']],
  ['error', ['name', 'inputs']],
])
const mutabilities = ['pure', 'view', 'nonpayable', 'payable', 'undefined']

/**
 * Reads an ABI: a bare array, or an artifact that holds one.
 * @param json - the file's text
 * @throws Error with what is wrong with it, in one sentence; of an entry in the words of graph-node
 * @see https://docs.rs/alloy-json-abi/latest/alloy_json_abi/enum.AbiItem.html
 */
export function parseAbi(name: string, json: string): ContractAbi {
  const entries = z.array(entryShape).safeParse(bareAbi(JSON.parse(json)))
  if (!entries.success) throw new Error(`it is not an ABI: ${z.prettifyError(entries.error).replaceAll('\n', ' ')}`)
  for (const entry of entries.data) {
    const problem = entryProblem(entry)
    if (problem !== null) throw new Error(problem)
  }
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

function entryProblem({ name, stateMutability, ...entry }: Entry): string | null {
  const fields = needed.get(entry.type)
  if (fields === undefined) return `unknown variant \`${entry.type}\`, expected one of ${listed([...needed.keys()])}`
  if (name !== undefined && fields.includes('name') && !/^[a-zA-Z_$][\w$]*$/.test(name)) {
    return `invalid value: string "${name}", expected a valid Solidity identifier`
  }
  if (stateMutability !== undefined && !mutabilities.includes(stateMutability)) {
    return `unknown variant \`${stateMutability}\`, expected one of ${listed(mutabilities.slice(0, -1))}`
  }
  const missing = fields.find((field) => (field === 'name' ? name : entry[field]) === undefined)
  return missing === undefined ? null : `missing field \`${missing}\``
}

const listed = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')

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
  const inputs = (entry.inputs ?? []).map(strip)
  const outputs = entry.type === 'function' ? { outputs: (entry.outputs ?? []).map(strip) } : {}
  return { ...entry, stateMutability: mutability, inputs, ...outputs }
}
