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
  of('version', '{ version { version commit __typename } }'),
  of(
    'size',
    '{ indexingStatuses(subgraphs: ["{{deployment}}"]) { subgraphSize { rowEstimate tableSize indexSize toastSize totalSize } } }',
  ),
  of('api versions', '{ apiVersions(subgraphId: "{{deployment}}") { version } }'),
  of(
    'features',
    '{ subgraphFeatures(subgraphId: "{{deployment}}") { apiVersion specVersion dataSources handlers network } }',
  ),
  of('changes', '{ entityChangesInBlock(subgraphId: "{{deployment}}", blockNumber: 5) { updates { type } } }'),
  of('changes of an unknown one', '{ entityChangesInBlock(subgraphId: "nope", blockNumber: 5) { updates { type } } }'),
  of('hash', '{ blockHashFromNumber(network: "anvil", blockNumber: 3) }'),
  of('hash of a block to come', '{ blockHashFromNumber(network: "anvil", blockNumber: 99999999) }'),
  of('hash elsewhere', '{ blockHashFromNumber(network: "nope", blockNumber: 3) }'),
  of('block', '{ blockData(network: "anvil", blockHash: "0x12") }'),
  of('calls', '{ cachedEthereumCalls(network: "anvil", blockHash: "0x12") { idHash } }'),
  of('proof', '{ proofOfIndexing(subgraph: "nope", blockNumber: 5, blockHash: "0x12") }'),
  of('required argument', '{ indexingStatusForCurrentVersion { health } }'),
  of('null argument', '{ indexingStatusForCurrentVersion(subgraphName: null) { health } }'),
  of('wrong argument', '{ indexingStatuses(subgraphs: [5]) { health } }'),
  of('unknown argument', '{ indexingStatuses(subgraphs: ["nope"], nope: 1) { health @nope } }'),
  of(
    'names',
    '{ indexingStatuses(subgraphs: ["{{deployment}}"]) { __typename chains { __typename latestBlock { __typename } } } }',
  ),
  of('nothing selected', '{ indexingStatuses(subgraphs: ["{{deployment}}"]) }'),
  of('nothing selected below', '{ indexingStatuses(subgraphs: ["{{deployment}}"]) { chains } }'),
  of('unknown fragment type', '{ indexingStatuses(subgraphs: []) { ... on Nope { health } } }'),
  of('two operations', 'query A { __typename } query B { __typename }'),
  of('mutation', 'mutation { x }'),
  of(
    'schema',
    '{ __schema { types { name kind fields { name description args { name } } enumValues { name description } } directives { name } } }',
  ),
  of('no syntax', '{'),
  of('no text', ''),
  ...['GET', 'OPTIONS', 'PUT', 'DELETE'].map((method) => door(method, { method })),
  door('root', { method: 'GET', path: '//' }),
  door('unknown path', { method: 'GET', path: '//nope' }),
  ...['', '{', '[1]', '{}', '{"query":1}', '{"query":"{ __typename }","variables":[]}', '{"query":"{ nope }"}'].map(
    (body) => door(`body ${body}`, { method: 'POST', body }),
  ),
]

function door(name: string, http: NonNullable<Question['http']>): Question {
  return { name: `status/http ${name}`, http, isStatus: true }
}

function of(name: string, query: string): Question {
  return { name: `status/${name}`, query, isStatus: true }
}
