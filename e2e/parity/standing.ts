import { type Compared, judge } from './compare.ts'
import type { Ending } from './ending.ts'
import type { Answer } from './question.ts'
import type { Standing } from './settle.ts'

/**
 * Where both came to a stand: block, health, and the message of what stopped them.
 * @param expected - how both should stand, if that is known: that they do alike is not enough
 */
export function compareStandings(
  entry: string,
  expected: Ending | null,
  theirs: Standing | undefined,
  ours: Standing | undefined,
): Compared {
  const text = (one: Standing | undefined) =>
    `${one?.health ?? 'unknown'} at ${one?.latest?.number} ${one?.latest?.hash}`
  const isEqual = text(theirs) === text(ours)
  const question = { name: 'standing/block and health', query: '' }
  if (isEqual && expected !== null && theirs?.health !== expected) {
    const lines = [`expected ${expected}, both are ${text(theirs)} ${theirs?.message ?? ''}`]
    return { entry, question, verdict: { kind: 'different', lines } }
  }
  return {
    entry,
    question,
    verdict: judge(
      isEqual ? [] : [`${text(theirs)} ${theirs?.message ?? ''}, ours ${text(ours)} ${ours?.message ?? ''}`],
      `${entry}: standing`,
      { theirs: answerOf(theirs), ours: answerOf(ours), essences: { theirs, ours } },
    ),
  }
}

function answerOf(standing: Standing | undefined): Answer {
  return { status: 200, headers: {}, body: { ...standing } }
}
