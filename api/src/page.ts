import { MAX_FIRST } from './chain/operation.ts'
import { BadUserInputError } from './errors.ts'

/** Far enough for any person, near enough that Postgres need not walk millions of rows. */
const MAX_SKIP = 100_000

export interface Page {
  readonly take: number
  readonly skip: number
}

/** Reads `first` and `skip` with graph-node's defaults and bounds, so that every list pages alike. */
export function readPage({
  first,
  skip,
}: {
  first?: number | null | undefined
  skip?: number | null | undefined
}): Page {
  const page = { take: first ?? 100, skip: skip ?? 0 }
  if (page.take < 1 || page.take > MAX_FIRST) {
    throw new BadUserInputError(`The \`first\` argument must be between 1 and ${MAX_FIRST}, but is ${page.take}`)
  }
  if (page.skip < 0 || page.skip > MAX_SKIP) {
    throw new BadUserInputError(`The \`skip\` argument must be between 0 and ${MAX_SKIP}, but is ${page.skip}`)
  }
  return page
}
