/** One of the promises that the reliability tests hold the indexer to. */
export interface Check {
  readonly number: number
  readonly name: string
  /** What tells whether it holds: tests of `<file>.test.ts`, by how their names begin. All of them have to pass. */
  readonly tests: readonly { readonly file: string; readonly title: string }[]
}

const at = (file: string) => (title: string) => [{ file, title }]
const crash = at('crash')
const reorgs = at('reorgs')
const node = at('node')
const data = at('data')
const head = at('head')
const beyond = at('beyond')
const roots = at('roots')

const duringBackfill = crash('in the middle of the backfill: indexes on')
const atTheHead = crash('at the head: follows on')
const killed = crash('at three moments of the backfill')
const killedInCommit = crash('in the middle of a commit')
const stopped = crash('asked to stop with SIGTERM')
const outages = ['error', 'busy', 'gateway', 'stall'].flatMap((kind) => node(`${kind}: stays up`))
const everything = node('everything wrong at once')
const narrows = node('is asked for narrower ranges, and for wider')
const odd = data('stores values that are odd but legal')
const live = head('its rows can be read soon')

const promises: readonly (readonly [name: string, tests: Check['tests']])[] = [
  // The database and the process go away.
  ['indexes on after the database restarted in the middle of the backfill', duringBackfill],
  ['follows the head on after the database restarted', atTheHead],
  ['goes on by itself when a frozen database thaws', crash('frozen for twenty seconds')],
  ['a restart of the database loses nothing', [...duringBackfill, ...atTheHead]],
  ['a restart of the database doubles nothing', [...duringBackfill, ...atTheHead]],
  ['resumes after SIGKILL, also in the middle of a commit', [...killed, ...killedInCommit]],
  ['no gap where it was killed', [...killed, ...killedInCommit]],
  ['nothing is applied twice where it was killed', [...killed, ...killedInCommit]],
  ['half a batch is never there to be read after a kill', [...killed, ...killedInCommit]],
  ['SIGTERM ends it within five seconds, with 0, and leaves no process', stopped],
  ['what SIGTERM leaves is right: rows and progress agree', stopped],
  // Reorgs.
  ['a reorg of one block that changes an event', reorgs('follows a reorg of one block')],
  ['a fork that leaves the chain shorter', reorgs('follows a fork that leaves the chain shorter')],
  ['a reorg that removes an event', reorgs('follows a reorg that removes an event')],
  ['a reorg of eighty blocks', reorgs('follows a reorg of eighty blocks')],
  ['a reorg while it was down', reorgs('notices a reorg that happened while it was down')],
  ['three reorgs in twelve seconds', reorgs('follows reorgs that come faster')],
  ['a reorg of indexed blocks while the backfill goes on', reorgs('follows a reorg of blocks that it has')],
  // A node that does not answer.
  ['stays up while the node is away, in four ways', outages],
  ['goes on at once when the node is back', outages],
  ['an outage of the node loses nothing', outages],
  ['backs off from a node that does not answer', outages],
  // Everything wrong at once.
  ['stays up while one request in eight breaks', everything],
  ['finishes afterwards', everything],
  ['loses nothing by it', everything],
  ['doubles nothing by it', everything],
  // A node that refuses.
  ['asks for less where a range is refused', narrows],
  [
    'asks for less where the results are too many',
    [...node('is asked for narrower ranges where'), ...node('is asked for less where')],
  ],
  ['asks for more again when it may', narrows],
  // A node that contradicts itself.
  ['a head that moves backwards is no reorg', node('a head that moves backwards')],
  ['a range that is delivered twice is stored once', node('logs that come twice')],
  ['null for half the blocks that are looked up', node('waits for blocks that it says are not there')],
  ['a hash that stops existing while it is asked for', node('a hash that stops existing')],
  ['a subscription that goes silent', node('a subscription that goes silent')],
  // Values.
  ['a symbol that is no data is null', odd],
  ['a NUL in a text does not stop the write', odd],
  ['the second type of event is indexed too', odd],
  ['a log index near 2^32', data('stores a log index near 2^32')],
  ['the largest number there is', odd],
  ['five hundred empty blocks move it on', data('moves on through five hundred blocks')],
  // Life at the head.
  ['half of all blocks can be read within the time of one', live],
  ['99 of 100 blocks can be read within ten seconds', live],
  ['never more than five blocks behind for more than fifteen seconds', live],
  ['a reorg slows it down for less than thirty seconds', live],
  // What nobody asks for.
  ['two runs hold the same', [...beyond('two runs over one chain'), ...roots('however an index came about')]],
  ['a handler that throws is told, and nothing is skipped', beyond('a handler that throws')],
  ['a slow database makes it wait, not grow', beyond('a database that takes 100 ms more')],
  ['a poisoned row does not make it crash again and again', beyond('stops that deployment with a clear word')],
  ['whoever reads during a reorg sees a state the chain had', reorgs('shows nobody a mixture of two branches')],
  ['a changed schema is never mixed with the old one', beyond('a changed schema is another deployment')],
  ['of two chains one stands still, the other goes on', beyond('of two chains one stands still')],
  ['a full disk: it says so, reads go on, and it recovers', beyond('a full disk')],
]

/** In the order in which they are told. */
export const checks: readonly Check[] = promises.map(([name, tests], index) => ({ number: index + 1, name, tests }))
