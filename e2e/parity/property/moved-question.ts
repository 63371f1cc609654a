import type { Question } from '../question.ts'

/** A block of the chain that the question was asked on. */
export interface Known {
  readonly number: number
  readonly hash: string
}

/**
 * The question as it is asked where the same happens some blocks later.
 * @param hashOf - of a block there
 */
export async function moved(
  question: Question,
  shift: number,
  known: readonly Known[],
  hashOf: (number: number) => Promise<string>,
): Promise<Question> {
  const heights = new Set<string>()
  const query = (question.query ?? '').replace(
    /\b(block|_change_block):\s*\{\s*(number|number_gte):\s*(-?\d+|\$\w+)\s*\}/g,
    (_, field: string, kind: string, value: string) => {
      if (value.startsWith('$')) heights.add(value.slice(1))
      return `${field}: { ${kind}: ${value.startsWith('$') ? value : Number(value) + shift} }`
    },
  )
  const variables = Object.entries(question.variables ?? {}).map(([name, value]) => {
    const isHeight = heights.has(name) || new RegExp(`\\$${name}: Block_height\\b`).test(query)
    return [name, isHeight ? shifted(value, shift) : withShiftedChanges(value, shift)] as const
  })
  let text = JSON.stringify({ query, variables: Object.fromEntries(variables) })
  for (const { number, hash } of known) {
    if (text.includes(hash)) text = text.replaceAll(hash, await hashOf(number + shift))
  }
  const made: Question = JSON.parse(text)
  return { ...question, query: made.query, ...(question.variables === undefined ? {} : { variables: made.variables }) }
}

/** A number of a block, alone or in the object that says what it is. */
function shifted(value: unknown, shift: number): unknown {
  if (typeof value === 'number') return value + shift
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shifted(one, shift)]))
}

function withShiftedChanges(value: unknown, shift: number): unknown {
  if (Array.isArray(value)) return value.map((one) => withShiftedChanges(one, shift))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === '_change_block' ? shifted(one, shift) : withShiftedChanges(one, shift),
    ]),
  )
}
