import type { BlockPtr } from '../src/chain/block.ts'
import type { Step } from '../src/chain/step.ts'
import type { BlockStream } from '../src/chain/stream.ts'

/** The state that steps add up to: what a store would hold. */
export class Fold {
  /** Oldest first. */
  links: BlockPtr[] = []
  /** `number hash topic` of each log. */
  logs: { readonly number: number; readonly text: string }[] = []

  apply(step: Step): void {
    if (step.kind === 'revert') {
      const to = step.to?.number ?? -1
      this.links = this.links.filter((one) => one.number <= to)
      this.logs = this.logs.filter((log) => log.number <= to)
      const last = this.links.at(-1)
      if (step.to && last?.number === step.to.number && last.hash !== step.to.hash)
        throw new Error('reverted to a block that was never there')
      if (step.to && last?.hash !== step.to.hash) this.links.push({ number: step.to.number, hash: step.to.hash })
      return
    }
    const before = this.links.at(-1)?.number ?? -1
    for (const { header, logs } of step.blocks) {
      if (header.number <= before) throw new Error(`block ${header.number} came after ${before}`)
      for (const log of logs)
        this.logs.push({ number: header.number, text: `${header.number} ${header.hash} ${log.topics[0]}` })
    }
    this.links.push(...step.links.map(({ number, hash }) => ({ number, hash })))
  }

  ancestors = async (): Promise<readonly BlockPtr[]> => this.links.toReversed()

  /** Follows the stream until it stands at this block. */
  async follow(stream: BlockStream, target: BlockPtr): Promise<void> {
    const signal = AbortSignal.timeout(15_000)
    while (this.links.at(-1)?.hash !== target.hash) this.apply(await stream.next(signal))
  }
}
