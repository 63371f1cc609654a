import type { Question } from '../question.ts'

const json = { 'content-type': 'application/json' }
const meta = JSON.stringify({ query: '{ _meta { block { number } } }' })

/** What the doors do with requests that are and are not questions. */
export const httpQuestions: readonly Question[] = [
  post('plain', meta),
  post('other content type', meta, { 'content-type': 'text/plain' }),
  post('application/graphql', '{ _meta { block { number } } }', { 'content-type': 'application/graphql' }),
  post('no content type', meta, {}),
  post('empty body', ''),
  post('not JSON', '{ query'),
  post('a list', `[${meta}]`),
  post('a text', '"query"'),
  post('null', 'null'),
  post('no query', '{}'),
  post('query is a number', '{"query":1}'),
  post('query is null', '{"query":null}'),
  post('variables are null', '{"query":"{ _meta { block { number } } }","variables":null}'),
  post('variables are a list', '{"query":"{ _meta { block { number } } }","variables":[]}'),
  post('variables are a text', '{"query":"{ _meta { block { number } } }","variables":"{}"}'),
  post('operationName', '{"query":"query A { _meta { block { number } } }","operationName":"A"}'),
  post('extensions', '{"query":"{ _meta { block { number } } }","extensions":{}}'),
  post('a failing query', '{"query":"{ nope }"}'),
  post('a query that is none', '{"query":"{"}'),
  post('gzip accepted', meta, { ...json, 'accept-encoding': 'gzip' }),
  post('origin', meta, { ...json, origin: 'http://example.org' }),
  request('a trailing slash', { method: 'POST', path: '/', headers: json, body: meta }),
  request('graphql at the end', { method: 'POST', path: '/graphql', headers: json, body: meta }),
  request('GET', { method: 'GET' }),
  request('GET with a query', { method: 'GET', path: '?query=%7B_meta%7Bblock%7Bnumber%7D%7D%7D' }),
  request('OPTIONS', { method: 'OPTIONS' }),
  request('PUT', { method: 'PUT', headers: json, body: meta }),
  request('DELETE', { method: 'DELETE' }),
  request('root', { method: 'GET', path: '//' }),
  request('unknown path', { method: 'GET', path: '//nope' }),
  request('unknown path, POST', { method: 'POST', path: '//nope', headers: json, body: meta }),
  request('unknown name', { method: 'POST', path: '//subgraphs/name/nope', headers: json, body: meta }),
  request('bad name', { method: 'POST', path: '//subgraphs/name/no%20pe', headers: json, body: meta }),
  request('name that ends badly', { method: 'POST', path: '//subgraphs/name/nope-', headers: json, body: meta }),
  request('unknown id', { method: 'POST', path: '//subgraphs/id/QmNope', headers: json, body: meta }),
  request('subgraphs', { method: 'POST', path: '//subgraphs', headers: json, body: meta }),
]

function post(name: string, body: string, headers: Readonly<Record<string, string>> = json): Question {
  return request(name, { method: 'POST', headers, body })
}

function request(name: string, http: NonNullable<Question['http']>): Question {
  return { name: `http/${name}`, http }
}
