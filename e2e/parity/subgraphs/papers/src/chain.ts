import { Bytes, dataSource, DataSourceContext, ens, ipfs } from '@graphprotocol/graph-ts'
import { Ask, Paper } from '../generated/schema'
import { Note } from '../generated/Tape/Tape'
import { File } from '../generated/templates'

// graph-ts does not declare it.
@external('index', 'ipfs.getBlock')
declare function getBlock(cid: string): Bytes | null

export function handleNote(event: Note): void {
  const op = event.params.op
  const n = event.params.n.toI32()
  const text = event.params.text
  if (op == 'file') {
    File.create(text)
  } else if (op == 'context') {
    const context = new DataSourceContext()
    context.setI32('n', n)
    context.setString('who', 'the chain')
    File.createWithContext(text, context)
  } else if (op == 'twice') {
    File.create(text)
    File.create(text)
  } else if (op == dataSource.context().getString('how')) {
    if (op == 'block') put('block', n, textOf(getBlock(text)))
    else File.create(text)
  } else if (op == 'look') {
    const found = Paper.load(text)
    const asked = new Ask('for the papers')
    put('looked', n, (found ? 'found' : 'nothing') + ', ' + asked.answers.load().length.toString())
  } else if (op == 'cat') put('cat', n, textOf(ipfs.cat(text)))
  else if (op == 'ens') {
    const name = ens.nameByHash(text)
    put('ens', n, name ? name : 'nobody')
  }
  const ask = new Ask(op + ' ' + n.toString())
  ask.n = n
  ask.text = text
  ask.paper = text
  ask.save()
}

function put(id: string, n: i32, text: string): void {
  const ask = new Ask(id + ' ' + n.toString())
  ask.n = n
  ask.text = text
  ask.save()
}

function textOf(bytes: Bytes | null): string {
  return bytes ? bytes.toString() : 'nothing'
}
