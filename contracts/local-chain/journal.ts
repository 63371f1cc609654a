/**
 * What a local chain is made of, kept in a file: a line for its genesis, then a line for each block, with the raw
 * transactions. Playing them again gives the same chain, to the hash, with all its logs, receipts and past states.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Hex } from 'viem'

export type Genesis = { readonly hash: Hex /** Unix seconds. */; readonly timestamp: number }

export type JournalBlock = {
  readonly number: number
  readonly hash: Hex
  readonly parentHash: Hex
  /** Unix seconds. */
  readonly timestamp: number
  /** In wei for each unit of gas. It follows from the parent, but for the block after a rollback. */
  readonly baseFee: Hex
  /** Signed and serialised, in block order. */
  readonly transactions: readonly Hex[]
}

export type Journal = { readonly genesis: Genesis; readonly blocks: readonly JournalBlock[] }

/**
 * Reads a journal. A last line that a kill cut short is left out, and with it whatever does not link to its parent.
 * @returns undefined if there is none
 */
export function readJournal(file: string): Journal | undefined {
  if (!existsSync(file)) return undefined
  const [genesis, ...lines] = readFileSync(file, 'utf8').split('\n').map(parseLine)
  if (genesis === undefined) return undefined
  const blocks: JournalBlock[] = []
  for (const line of lines as (JournalBlock | undefined)[]) {
    const parent = blocks.at(-1)?.hash ?? (genesis as Genesis).hash
    if (line?.number !== blocks.length + 1 || line.parentHash !== parent) break
    blocks.push(line)
  }
  return { genesis: genesis as Genesis, blocks }
}

/** Writes a journal whole: at its beginning, when blocks were taken back, or to drop a line that was cut short. */
export function writeJournal(file: string, { genesis, blocks }: Journal): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.part`, [genesis, ...blocks].map((line) => `${JSON.stringify(line)}\n`).join(''))
  renameSync(`${file}.part`, file)
}

export function appendBlocks(file: string, blocks: readonly JournalBlock[]): void {
  appendFileSync(file, blocks.map((block) => `${JSON.stringify(block)}\n`).join(''))
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
