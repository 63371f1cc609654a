import type { Question } from '../question.ts'

const whole = `subgraph health synced node fatalError { message block { number hash } handler deterministic }
  nonFatalErrors { message block { number hash } handler deterministic }
  chains { network chainHeadBlock { number hash } latestBlock { number hash } lastHealthyBlock { number hash } } entityCount`

/** What the status page says of one deployment. */
export const statusQuestions: readonly Question[] = [
  of('one', `{ indexingStatuses(subgraphs: ["{{deployment}}"]) { ${whole.replace('node ', '')} } }`),
  of('of none', '{ indexingStatuses(subgraphs: []) { chains { network } } }'),
  of('of an unknown one', '{ indexingStatuses(subgraphs: ["QmNope"]) { subgraph } }'),
  of('current version', '{ indexingStatusForCurrentVersion(subgraphName: "{{name}}") { health synced } }'),
  of('pending version', '{ indexingStatusForPendingVersion(subgraphName: "{{name}}") { health } }'),
  of('by name', '{ indexingStatusesForSubgraphName(subgraphName: "{{name}}") { health } }'),
  of('unknown name', '{ indexingStatusForCurrentVersion(subgraphName: "nope") { health } }'),
  of('unknown field', '{ indexingStatuses { nope } }'),
]

function of(name: string, query: string): Question {
  return { name: `status/${name}`, query, isStatus: true }
}
