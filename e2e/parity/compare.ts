import { type Accepted, type Answers, acceptedDifferences } from './differences.ts'
import { differences, essence } from './essence.ts'
import { ask, type Question } from './question.ts'
import type { Endpoint } from './runtime.ts'

export interface Pair {
  readonly entry: string
  readonly isVariant: boolean
  readonly theirs: Endpoint
  readonly ours: Endpoint
}

export type Verdict =
  | { readonly kind: 'equal' }
  | { readonly kind: 'accepted'; readonly by: Accepted; readonly lines: readonly string[] }
  | { readonly kind: 'different'; readonly lines: readonly string[] }

export interface Compared {
  readonly entry: string
  readonly question: Question
  readonly verdict: Verdict
}

/** Asks both the same. */
export async function compare(question: Question, { entry, theirs, ours }: Pair): Promise<Compared> {
  const [expected, actual] = await Promise.all([ask(question, theirs), ask(question, ours)])
  const essences = { theirs: essence(expected, question, theirs), ours: essence(actual, question, ours) }
  const lines = differences(essences.theirs, essences.ours)
  const answers = { theirs: expected, ours: actual, essences }
  return { entry, question, verdict: judge(lines, `${entry}: ${question.name}`, answers) }
}

export function judge(lines: readonly string[], where: string, answers: Answers): Verdict {
  if (lines.length === 0) return { kind: 'equal' }
  const by = acceptedDifferences.find((accepted) => accepted.where.test(where) && accepted.holds(answers))
  return by === undefined ? { kind: 'different', lines } : { kind: 'accepted', by, lines }
}

/** Compares many, a few at a time. */
export async function compareAll(questions: readonly Question[], pair: Pair): Promise<Compared[]> {
  const compared: Compared[] = []
  let next = 0
  const worker = async () => {
    while (next < questions.length) {
      const index = next++
      const question = questions[index]
      if (question !== undefined) compared[index] = await compare(question, pair)
    }
  }
  await Promise.all(Array.from({ length: 6 }, worker))
  return compared
}
