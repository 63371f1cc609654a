import {
  Address,
  BigDecimal,
  Bytes,
  dataSource,
  ethereum,
  ipfs,
  json,
  JSONValue,
  JSONValueKind,
  log,
  store,
  YAMLValueKind,
  yaml,
} from '@graphprotocol/graph-ts'
import { Ask, Leaf, Paper } from '../generated/schema'
import { Views } from '../generated/Tape/Views'
import { File, Other } from '../generated/templates'

/** A file is JSON, YAML, or lines: a command and what it is about. */
export function handleFile(content: Bytes): void {
  const text = content.toString()
  if (text.startsWith('{') || text.startsWith('[')) readJson(content)
  else if (text.startsWith('---')) readYaml(content)
  else {
    const lines = text.split('\n')
    for (let i = 0; i < lines.length; i++) {
      const space = lines[i].indexOf(' ')
      obey(space < 0 ? lines[i] : lines[i].slice(0, space), space < 0 ? '' : lines[i].slice(space + 1))
    }
  }
}

function obey(what: string, about: string): void {
  if (what == 'paper') write(about, 'TEXT', 'as it is', [])
  else if (what == 'who') write('who ' + source(), 'TEXT', source(), [])
  else if (what == 'leaf') leaf(Bytes.fromUTF8(about), about)
  else if (what == 'read') {
    const found = Paper.load(about)
    write('read ' + about, 'TEXT', found ? found.text : 'nothing', [])
  } else if (what == 'inBlock') {
    const found = Paper.loadInBlock(about)
    write('in block ' + about, 'TEXT', found ? found.text : 'nothing', [])
  } else if (what == 'related') write('related', 'TEXT', new Paper(about).leaves.load().length.toString(), [])
  else if (what == 'remove') store.remove('Paper', about)
  else if (what == 'create') File.create(about)
  else if (what == 'chain') Other.create(Address.fromString(about))
  else if (what == 'call') write('called', 'TEXT', Views.bind(Address.zero()).try_stored().reverted.toString(), [])
  else if (what == 'balance') write('balance', 'TEXT', ethereum.getBalance(Address.zero()).toString(), [])
  else if (what == 'cat') {
    const found = ipfs.cat(about)
    write('cat', 'TEXT', found ? found.toString() : 'nothing', [])
  } else if (what == 'ask') {
    const ask = new Ask(about)
    ask.text = 'by a file'
    ask.n = 0
    ask.save()
  } else if (what == 'readAsk') write('asked', 'TEXT', Ask.load(about) ? 'found' : 'nothing', [])
  else if (what == 'incomplete') new Paper('incomplete').save()
  else if (what == 'log') log.warning('{}', [about])
  else if (what == 'abort') assert(false, about)
}

function source(): string {
  const context = dataSource.context()
  const n = context.get('n')
  const who = context.get('who')
  return [
    dataSource.stringParam(),
    dataSource.address().toString(),
    dataSource.network(),
    n ? n.toI32().toString() : 'no number',
    who ? who.toString() : 'nobody',
  ].join(' ')
}

function readJson(content: Bytes): void {
  const parsed = json.try_fromBytes(content)
  const id = dataSource.stringParam()
  if (parsed.isError) return write(id, 'JSON', 'no json', [])
  if (parsed.value.kind == JSONValueKind.ARRAY) {
    const items = parsed.value.toArray()
    const kinds = new Array<string>()
    for (let i = 0; i < items.length; i++) kinds.push(kindOf(items[i]))
    return write(id, 'JSON', 'a list', kinds)
  }
  const entries = parsed.value.toObject().entries
  const tags = new Array<string>()
  for (let i = 0; i < entries.length; i++) tags.push(entries[i].key + ' ' + kindOf(entries[i].value))
  const value = parsed.value.toObject().get('value')
  if (value) leaf(Bytes.fromUTF8('value'), value.kind == JSONValueKind.NUMBER ? value.toBigInt().toString() : value.toString())
  write(id, 'JSON', 'an object', tags)
}

function kindOf(value: JSONValue): string {
  return value.kind.toString()
}

function readYaml(content: Bytes): void {
  const parsed = yaml.try_fromBytes(content)
  const id = dataSource.stringParam()
  if (parsed.isError) return write(id, 'YAML', 'no yaml', [])
  if (parsed.value.kind != YAMLValueKind.OBJECT) return write(id, 'YAML', parsed.value.kind.toString(), [])
  const entries = parsed.value.toObject().entries
  const tags = new Array<string>()
  for (let i = 0; i < entries.length; i++) {
    tags.push(entries[i].key.toString() + ' ' + entries[i].value.kind.toString())
  }
  write(id, 'YAML', 'a map', tags.sort())
}

function leaf(id: Bytes, value: string): void {
  const one = new Leaf(id.concat(Bytes.fromUTF8(dataSource.stringParam().slice(0, 8))))
  one.paper = dataSource.stringParam()
  one.value = BigDecimal.fromString(value)
  one.save()
}

function write(id: string, kind: string, text: string, tags: string[]): void {
  const paper = new Paper(id)
  paper.text = text
  paper.kind = kind
  paper.tags = tags
  paper.ask = 'for the papers'
  paper.save()
}
