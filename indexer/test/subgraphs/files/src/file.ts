import { Address, BigInt, Bytes, dataSource, ethereum, ipfs, log, store } from '@graphprotocol/graph-ts'
import { Probe } from '../generated/Probe/Probe'
import { Fact, Post, Thread } from '../generated/schema'
import { Child, File } from '../generated/templates'

/** Each line of a file is a command and what it is about. */
export function handleFile(content: Bytes): void {
  const lines = content.toString().split('\n')
  for (let i = 0; i < lines.length; i++) {
    const words = lines[i].split(' ')
    const about = words.length > 1 ? words[1] : ''
    obey(words[0], about, lines[i])
  }
}

function obey(what: string, about: string, line: string): void {
  if (what == 'post') post(about, line)
  else if (what == 'fact') fact(about, line)
  else if (what == 'who') post(about, describeSource())
  else if (what == 'read') readBack(about)
  else if (what == 'related') related(about)
  else if (what == 'remove') store.remove('Post', about)
  else if (what == 'create') File.create(about)
  else if (what == 'child') Child.create(Address.fromString(about))
  else if (what == 'call') post(about, Probe.bind(Address.zero()).try_describe(BigInt.zero()).reverted ? 'reverted' : 'called')
  else if (what == 'balance') post(about, ethereum.getBalance(Address.zero()).toString())
  else if (what == 'cat') post('cat', textOf(ipfs.cat(about)))
  else if (what == 'thread') thread(about)
  else if (what == 'loadThread') post(about, Thread.load(about) ? 'found' : 'nothing')
  else if (what == 'removeThread') store.remove('Thread', about)
  else if (what == 'loadInBlock') post(about, Thread.loadInBlock(about) ? 'found' : 'nothing')
  else if (what == 'auto') post('auto', line)
  else if (what == 'log') log.warning('{}', [line])
  else if (what == 'abort') assert(false, line)
}

function describeSource(): string {
  const context = dataSource.context()
  const number = context.get('number')
  return (
    dataSource.stringParam() +
    ' ' +
    dataSource.network() +
    ' ' +
    (number ? number.toBigInt().toString() : 'no number')
  )
}

function post(id: string, text: string): void {
  const post = new Post(id)
  post.text = text
  post.thread = 'thread'
  post.save()
}

function fact(id: string, text: string): void {
  const fact = new Fact(id)
  fact.text = text
  fact.save()
}

function thread(id: string): void {
  const thread = new Thread(id)
  thread.text = 'from a file'
  thread.save()
}

function readBack(id: string): void {
  const found = Post.load(id)
  post('read ' + id, found ? found.text : 'nothing')
}

function related(id: string): void {
  const thread = new Thread(id)
  post('related ' + id, thread.posts.load().length.toString())
}

function textOf(bytes: Bytes | null): string {
  return bytes ? bytes.toString() : 'nothing'
}
