/** Where the council's chain meets what its people write. */
import { entities, row, type Thread } from './thread.ts'

export const weave: readonly Thread[] = [
  row('Member.writer', {
    type: 'Writer',
    description: 'Who votes with this address, if they said so.',
    model: 'writer',
    by: { address: 'id' },
  }),
  row('Proposal.brief', {
    type: 'Brief',
    description: 'The text it is about.',
    model: 'brief',
    by: { topic: 'topic' },
  }),
  row('Vote.rationale', {
    type: 'Rationale',
    description: 'Why they voted so.',
    model: 'rationale',
    by: { proposal: 'proposal.id', voter: 'voter.id' },
  }),
  entities('Writer', 'members', {
    type: 'Member',
    description: 'Their seat, if they took one: a list of one.',
    query: 'members',
    by: 'id',
    select: { address: true },
    keys: ({ address }) => [address],
  }),
  entities('Brief', 'proposals', {
    type: 'Proposal',
    description: 'All proposals about this text.',
    query: 'proposals',
    by: 'topic',
    select: { topic: true },
    keys: ({ topic }) => [topic],
  }),
]
