import { type Compared, judge } from './compare.ts'
import type { Answer } from './question.ts'
import type { Standing } from './settle.ts'

/** Where both came to a stand: block, health, and the message of what stopped them. */
export function compareStandings(entry: string, theirs: Standing | undefined, ours: Standing | undefined): Compared {
  const text = (one: Standing | undefined) =>
    `${one?.health ?? 'unknown'} at ${one?.latest?.number} ${one?.latest?.hash}`
  const isEqual = text(theirs) === text(ours)
  return {
    entry,
    question: { name: 'standing/block and health', query: '' },
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
