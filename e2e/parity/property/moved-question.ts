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
  const variables: Record<string, unknown> = { ...question.variables }
  let query = (question.query ?? '').replace(
    /\b(block|_change_block):\s*\{\s*(number|number_gte):\s*(\d+|\$\w+)\s*\}/g,
    (_, field: string, kind: string, value: string) => {
      const name = value.slice(1)
      if (!value.startsWith('$')) return `${field}: { ${kind}: ${Number(value) + shift} }`
      variables[name] = Number(variables[name]) + shift
      return `${field}: { ${kind}: ${value} }`
    },
  )
  for (const { number, hash } of known) {
    if (query.includes(hash)) query = query.replaceAll(hash, await hashOf(number + shift))
  }
  return { ...question, query, ...(question.variables === undefined ? {} : { variables }) }
}
