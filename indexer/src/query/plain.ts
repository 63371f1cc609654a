import type { SelectionSetNode } from 'graphql'
import { collectFields, type Request } from './collect.ts'
import { type QueryValue, valueOfNode } from './query-value.ts'

/** A value that is at hand in memory: introspection and `_meta` answer from such. */
export type Plain = null | string | number | boolean | Json | PlainObject | readonly Plain[]

/** A scalar that is JSON itself. */
export class Json {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Fields are values, or are worked out when someone selects them. */
export interface PlainObject {
  readonly __typename: string
  readonly [field: string]: Plain | ((values: ReadonlyMap<string, QueryValue>) => Plain)
}

/** @returns the JSON of what is selected; fields that the object lacks are null */
export function selectPlain(value: Plain, below: readonly SelectionSetNode[], request: Request): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (value instanceof Json) return value.text
  if (isList(value)) return `[${value.map((element) => selectPlain(element, below, request)).join(',')}]`
  const parts: string[] = []
  const found = collectFields(below, (condition) => condition === value.__typename, request)
  for (const [key, { node, below: nested }] of found) {
    const field = value[node.name.value]
    const args = node.arguments ?? []
    const result =
      typeof field === 'function'
        ? field(new Map(args.map((given) => [given.name.value, valueOfNode(given.value, request.variables)])))
        : (field ?? null)
    const isScalar = typeof result !== 'object' || result === null || result instanceof Json || isScalarList(result)
    if (!isScalar && nested.length === 0) continue
    parts.push(`${JSON.stringify(key)}:${selectPlain(result, nested, request)}`)
  }
  return `{${parts.join(',')}}`
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value)
}

function isScalarList(value: Plain): boolean {
  return isList(value) && value.every((element) => typeof element !== 'object')
}
