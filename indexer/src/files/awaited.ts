import type { DataSource } from '../deployment/deployment.ts'

/** A file whose handler has not run yet. */
export interface AwaitedFile {
  /** Marks the rows that its handler writes, and is its place in the order of asking. */
  readonly region: number
  readonly source: DataSource
}

/** A file whose handler can run. */
export interface FoundFile extends AwaitedFile {
  readonly content: Uint8Array
}

/** What to ask IPFS for: a CID, or a path below one. */
export function pathOf({ source }: AwaitedFile): string {
  return Buffer.from((source.address ?? '0x').slice(2), 'hex').toString('utf8')
}
