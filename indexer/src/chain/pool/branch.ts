import { LRUCache } from 'lru-cache'
import type { BlockPtr, Hex } from '../block.ts'

/**
 * The branch that whoever asks stands on: the hash it was told last for each number. Logs of a range tell nothing of a block
 * without logs, so a node that is asked for some is asked for the range's last block too, and both have to be of this branch.
 */
export class Branch {
  readonly #told = new LRUCache<number, Promise<Hex | null>>({ max: 2_000 })

  /** @param header - an answer that may be under way still */
  tell(number: number, header: Promise<BlockPtr | null>): void {
    this.#told.set(
      number,
      header.then(
        (block) => block?.hash ?? null,
        () => null,
      ),
    )
  }

  /** Whether a block is of it, as far as is known. */
  async has({ number, hash }: BlockPtr): Promise<boolean> {
    const told = await this.#told.get(number)
    return told === undefined || told === null || told === hash
  }
}
