import type { Entry } from '../entry.ts'
import { drawSketch } from './draw.ts'
import { entryOf } from './entry.ts'

/** The made-up subgraphs of a seed, as entries of the corpus. The same seed and number are the same subgraph, however many there are. */
export function randomEntries(seed: number, count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => entryOf(`random-${seed}-${index}`, drawSketch(seed, index)))
}
