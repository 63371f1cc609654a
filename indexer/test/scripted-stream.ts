import type { Block, BlockLink, BlockPtr } from '../src/chain/block.ts'
import type { Step } from '../src/chain/step.ts'
import type { Stream } from '../src/runner-rooms.ts'

/** A chain that is given block by block: it hands over whatever follows the last progress in one step, then waits. */
export class ScriptedStream implements Stream {
  readonly #blocks: readonly Block[]
  readonly #head: BlockPtr
  #at = -1

  /** @param head - the chain's newest block, far away if it is to look like a backfill; by default the last block given */
  constructor(blocks: readonly Block[], head?: BlockPtr) {
    const last = blocks.at(-1)
    if (!last) throw new Error('a script needs a block')
    this.#blocks = blocks
    this.#head = head ?? last.header
  }

  resume(from: BlockPtr | null): void {
    this.#at = from?.number ?? -1
  }

  async next(signal: AbortSignal): Promise<Step> {
    const blocks = this.#blocks.filter(({ header }) => header.number > this.#at)
    const links: readonly BlockLink[] = blocks.map(({ header }) => header)
    if (links.length > 0) {
      this.#at = links.at(-1)?.number ?? this.#at
      return { kind: 'blocks', blocks, links, head: this.#head }
    }
    const ended = Promise.withResolvers<never>()
    signal.addEventListener('abort', () => ended.reject(signal.reason), { once: true })
    return ended.promise
  }
}
