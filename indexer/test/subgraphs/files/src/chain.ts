import { BigInt, Bytes, DataSourceContext, ens, ipfs, JSONValue, Value } from '@graphprotocol/graph-ts'
import { Did } from '../generated/Probe/Probe'
import { Post, Thread } from '../generated/schema'
import { File } from '../generated/templates'

// graph-ts does not declare it.
@external('index', 'ipfs.getBlock')
declare function getBlock(cid: string): Bytes | null

/** The text is a command and what it is about. */
export function handleDid(event: Did): void {
  const words = event.params.what.split(' ')
  const what = words[0]
  const about = words.length > 1 ? words[1] : ''
  if (what == 'create') File.create(about)
  else if (what == 'context') createWithContext(about, event.params.number)
  else if (what == 'createThenAbort') {
    File.create(about)
    assert(false, 'after all')
  } else if (what == 'read') write('read ' + about, describe(about))
  else if (what == 'post') post(about)
  else if (what == 'cat') write('cat', textOf(ipfs.cat(about)))
  else if (what == 'block') write('block', textOf(getBlock(about)))
  else if (what == 'map') ipfs.map(about, 'handleLine', Value.fromString('map'), ['json'])
  else if (what == 'ens') write('ens', nameOf(about))
  write('thread', event.block.number.toString())
}

export function handleLine(line: JSONValue, prefix: Value): void {
  const id = line.toObject().mustGet('id').toString()
  if (id == 'abort') assert(false, 'not this line')
  write(prefix.toString() + '/' + id, id)
}

function createWithContext(cid: string, number: BigInt): void {
  const context = new DataSourceContext()
  context.setBigInt('number', number)
  File.createWithContext(cid, context)
}

function describe(id: string): string {
  const found = Post.load(id)
  const thread = new Thread('thread')
  return (found ? found.text : 'nothing') + ', ' + thread.posts.load().length.toString() + ' related'
}

function post(id: string): void {
  const post = new Post(id)
  post.text = 'from the chain'
  post.thread = 'thread'
  post.save()
}

function textOf(bytes: Bytes | null): string {
  return bytes ? bytes.toString() : 'nothing'
}

function nameOf(hash: string): string {
  const name = ens.nameByHash(hash)
  return name ? name : 'nobody'
}

function write(id: string, text: string): void {
  const thread = new Thread(id)
  thread.text = text
  thread.save()
}
