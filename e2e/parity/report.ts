import type { Compared } from './compare.ts'

const shownPerKind = 6

/** All differences as text, few of each kind where there are many. `isFull`: every one. `withAccepted`: those that are listed, too. */
export function describeDifferences(compared: readonly Compared[], isFull: boolean, withAccepted: boolean): string {
  const different = compared.filter(
    ({ verdict }) => verdict.kind === 'different' || (withAccepted && verdict.kind === 'accepted'),
  )
  const shown = new Map<string, number>()
  return different
    .flatMap(({ entry, question, verdict }) => {
      const kind = `${entry}: ${question.name.split('/')[0]}`
      const count = (shown.get(kind) ?? 0) + 1
      shown.set(kind, count)
      if (!isFull && count > shownPerKind) return count === shownPerKind + 1 ? [`more of ${kind} …`] : []
      const asked = question.query ?? JSON.stringify(question.http)
      const text = asked.length > 400 ? `${asked.slice(0, 400)}…` : asked
      const lines = verdict.kind === 'equal' ? [] : verdict.lines
      return [
        [`${verdict.kind}: ${entry}: ${question.name}`, `  ${text}`, ...lines.map((line) => `  ${line}`)].join('\n'),
      ]
    })
    .join('\n')
}

/** How many of the comparisons came out equal, by what was compared; the last line is the rate. */
export function summarise(compared: readonly Compared[]): string {
  const kinds = Map.groupBy(compared, ({ question }) => question.name.split('/')[0] ?? '')
  const reasons = Map.groupBy(
    compared.flatMap(({ verdict }) => (verdict.kind === 'accepted' ? [verdict.by.because] : [])),
    (reason) => reason,
  )
  return [
    [...kinds].map(([kind, all]) => `${kind} ${countEqual(all)}/${all.length}`).join(', '),
    ...[...reasons].map(([reason, all]) => `differs as listed: ${all.length} × ${reason}`),
    rate(compared),
  ].join('\n')
}

/** @example '1234 of 1234 equal' */
export function rate(compared: readonly Compared[]): string {
  return `${countEqual(compared)} of ${compared.length} equal`
}

const countEqual = (compared: readonly Compared[]) => compared.filter(({ verdict }) => verdict.kind === 'equal').length
