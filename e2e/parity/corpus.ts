import { corners } from './corners.ts'
import { type Entry, told } from './entry.ts'
import { example } from './example.ts'
import { openZeppelin } from './openzeppelin.ts'
import { groundSaga } from './sagas/ground.ts'
import { papersSaga } from './sagas/papers.ts'
import { sequels } from './sequel.ts'
import abi from './subgraphs/abi/story.ts'
import buckets from './subgraphs/buckets/story.ts'
import failures from './subgraphs/failures/story.ts'
import host from './subgraphs/host/story.ts'
import kinds from './subgraphs/kinds/story.ts'
import mistakes from './subgraphs/mistakes/story.ts'
import triggers from './subgraphs/triggers/story.ts'

/** What both run: a folder of `subgraphs/`, or a module of its own, is one line here. */
export const corpus: readonly Entry[] = [
  example,
  openZeppelin,
  ...told('kinds', kinds),
  ...told('host', host),
  ...told('abi', abi),
  ...told('triggers', triggers),
  ...told('buckets', buckets),
  corners,
  ...told('failures', failures),
  ...told('mistakes', mistakes),
  ...sequels(groundSaga),
  ...sequels(papersSaga),
]
