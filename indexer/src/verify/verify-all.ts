import type { CheckRooms, Difference, Outcome } from './check.ts'
import { check } from './check.ts'
import type { Invariant } from './invariant.ts'

/** What one invariant came to. */
export interface Finding extends Outcome {
  readonly invariant: Invariant
}

const pageRows = 500

/**
 * Compares what every invariant says.
 * @param sample - how many entities of each, by chance; null: all of them, page by page, each page at the block the index then stands at
 */
export async function verifyAll(
  rooms: CheckRooms,
  invariants: readonly Invariant[],
  sample: number | null,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const invariant of invariants) {
    const outcome =
      sample === null
        ? await checkPages(rooms, invariant, signal)
        : await check(rooms, invariant, { kind: 'some', limit: sample }, signal)
    findings.push({ ...outcome, invariant })
  }
  return findings
}

async function checkPages(rooms: CheckRooms, invariant: Invariant, signal?: AbortSignal): Promise<Outcome> {
  const differences: Difference[] = []
  let [checked, unknown] = [0, 0]
  let after: string | null = null
  let at: Outcome['at'] = null
  do {
    const page: Outcome = await check(rooms, invariant, { kind: 'all', after, limit: pageRows }, signal)
    checked += page.checked
    unknown += page.unknown
    differences.push(...page.differences)
    after = page.next
    at = page.at ?? at
  } while (after !== null)
  return { checked, unknown, differences, at, next: null }
}
