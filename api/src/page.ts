import { BadUserInputError } from './errors.ts'

/** graph-node answers at most this many rows of one list, */
export const MAX_FIRST = 1000
/** and this many where nothing is said. */
export const DEFAULT_FIRST = 100

/** Far enough for any person, near enough that Postgres need not walk millions of rows. */
const MAX_SKIP = 100_000

export interface Page {
  readonly take: number
  readonly skip: number
}

/**
 * Reads `first` and `skip` with graph-node's defaults and bounds, so that every list pages alike.
 * @param page.of - the list, where it has to be named
 * @throws BadUserInputError
 */
export function readPage({
  first,
  skip,
  of,
}: {
  first?: number | null | undefined
  skip?: number | null | undefined
  of?: string
}): Page {
  const page = { take: first ?? DEFAULT_FIRST, skip: skip ?? 0 }
  if (page.take < 1 || page.take > MAX_FIRST) {
    throw outOfBounds('first', 1, MAX_FIRST, page.take, of)
  }
  if (page.skip < 0 || page.skip > MAX_SKIP) {
    throw outOfBounds('skip', 0, MAX_SKIP, page.skip, of)
  }
  return page
}

function outOfBounds(name: string, min: number, max: number, value: number, of: string | undefined): BadUserInputError {
  const where = of === undefined ? '' : ` of ${of}`
  return new BadUserInputError(`The \`${name}\` argument${where} must be between ${min} and ${max}, but is ${value}`)
}
