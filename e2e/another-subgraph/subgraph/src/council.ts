import { BigInt } from '@graphprotocol/graph-ts'
import { Closed, Joined, Proposed, Voted } from '../generated/Council/Council'
import { Member, Proposal, Vote } from '../generated/schema'

export function handleJoined(event: Joined): void {
  const member = new Member(event.params.member)
  member.seat = event.params.seat
  member.voteCount = 0
  member.save()
}

export function handleProposed(event: Proposed): void {
  const proposal = new Proposal(event.params.number.toString())
  proposal.number = event.params.number
  proposal.topic = event.params.topic
  proposal.proposer = event.params.proposer
  proposal.state = 'OPEN'
  proposal.against = BigInt.zero()
  proposal.for = BigInt.zero()
  proposal.abstain = BigInt.zero()
  proposal.save()
}

export function handleVoted(event: Voted): void {
  const proposal = Proposal.load(event.params.number.toString())
  const member = Member.load(event.params.voter)
  if (proposal == null || member == null) return
  const vote = new Vote(event.transaction.hash.concatI32(event.logIndex.toI32()))
  vote.proposal = proposal.id
  vote.voter = member.id
  vote.timestamp = event.block.timestamp
  if (event.params.choice == 0) {
    vote.choice = 'AGAINST'
    proposal.against = proposal.against.plus(BigInt.fromI32(1))
  } else if (event.params.choice == 1) {
    vote.choice = 'FOR'
    proposal.for = proposal.for.plus(BigInt.fromI32(1))
  } else {
    vote.choice = 'ABSTAIN'
    proposal.abstain = proposal.abstain.plus(BigInt.fromI32(1))
  }
  member.voteCount += 1
  vote.save()
  proposal.save()
  member.save()
}

export function handleClosed(event: Closed): void {
  const proposal = Proposal.load(event.params.number.toString())
  if (proposal == null) return
  proposal.state = event.params.passed ? 'PASSED' : 'REJECTED'
  proposal.save()
}
