import { type Entry, told } from './entry.ts'
import { example } from './example.ts'
import kinds from './subgraphs/kinds/story.ts'

/** What both run: a folder of `subgraphs/`, or a module of its own, is one line here. */
export const corpus: readonly Entry[] = [example, ...told('kinds', kinds)]
