import {
  Address, BigDecimal, bigDecimal, BigInt, ByteArray, Bytes, crypto, dataSource, DataSourceContext, ens, Entity, ipfs, json, JSONValue, JSONValueKind, log, store, TypedMapEntry, Value, ValueKind, yaml,
  YAMLValue, YAMLValueKind,
} from '@graphprotocol/graph-ts'
import { Keyed, Note, Numbered, Parent, Result } from '../generated/schema'
import { Note as Noted, Words } from '../generated/Tape/Tape'
import { Echo } from '../generated/templates'

// graph-ts does not declare it.
@external('index', 'ipfs.getBlock')
declare function getBlock(cid: string): Bytes | null

let prefix = ''

function put(name: string, value: string): void {
  const result = new Result(prefix + name)
  result.value = value
  result.save()
}

/** What is at the edges of the host functions; each operation is given a list, numbers or bytes to try. */
export function tryEdges(event: Words, at: string): void {
  prefix = at
  const op = event.params.op
  const list = event.params.words
  const numbers = event.params.numbers
  const data = event.params.data
  if (op == 'pairs') for (let i = 0; i < list.length; i++) for (let j = 0; j < list.length; j++) pair(list[i], list[j])
  if (op == 'powers') for (let i = 0; i < numbers.length; i++) powers(numbers[i])
  if (op == 'integers') for (let i = 0; i < list.length; i++) integer(list[i])
  if (op == 'decimals') for (let i = 0; i < list.length; i++) decimal(list[i])
  if (op == 'quotients') for (let i = 0; i < list.length; i++) for (let j = 0; j < list.length; j++) quotient(list[i], list[j])
  if (op == 'digits') for (let i = 0; i < numbers.length; i++) digits(numbers[i])
  if (op == 'i64') for (let i = 0; i < list.length; i++) put(list[i], json.toI64(list[i]).toString())
  if (op == 'u64') for (let i = 0; i < list.length; i++) put(list[i], json.toU64(list[i]).toString())
  if (op == 'f64') for (let i = 0; i < list.length; i++) put(list[i], reinterpret<u64>(json.toF64(list[i])).toString())
  if (op == 'big') for (let i = 0; i < list.length; i++) put(list[i], json.toBigInt(list[i]).toString())
  if (op == 'documents') for (let i = 0; i < list.length; i++) put(i.toString(), document(Bytes.fromUTF8(list[i])))
  if (op == 'document') put('', document(data))
  if (op == 'deep') for (let i = 0; i < numbers.length; i++) deep(numbers[i].toI32())
  if (op == 'papers') for (let i = 0; i < list.length; i++) put(i.toString(), paper(Bytes.fromUTF8(list[i])))
  if (op == 'paper') put('', paper(data))
  if (op == 'shown') shown(data)
  if (op == 'hashes') for (let i = 0; i < numbers.length; i++) hashed(numbers[i].toI32())
  if (op == 'addresses') for (let i = 0; i < list.length; i++) put(list[i], Address.fromString(list[i]).toHexString())
  if (op == 'names') for (let i = 0; i < list.length; i++) named(list[i])
  if (op == 'contents') for (let i = 0; i < list.length; i++) content(list[i])
  if (op == 'levels') levels(list)
  if (op == 'rows') rows(event, list)
  if (op == 'leave') leave()
  if (op == 'grow') grow(event, list)
}

function pair(a: string, b: string): void {
  const x = BigInt.fromString(a)
  const y = BigInt.fromString(b)
  let text = x.plus(y).toString() + ' ' + x.minus(y).toString() + ' ' + x.times(y).toString() + ' ' + x.bitAnd(y).toString() + ' ' + x.bitOr(y).toString()
  if (!y.isZero()) text += ' ' + x.div(y).toString() + ' ' + x.mod(y).toString() + ' ' + x.divDecimal(y.toBigDecimal()).toString()
  put(a + ' ' + b, text + (x < y ? ' <' : x > y ? ' >' : ' ='))
}

function powers(n: BigInt): void {
  put(n.toString() + ' pow 0', n.pow(0).toString() + ' ' + n.pow(1).toString() + ' ' + n.pow(2).toString())
  put(n.toString() + ' pow 255', n.pow(255).toString())
  put(n.toString() + ' << 255', n.leftShift(255).toString() + ' ' + n.leftShift(0).toString() + ' ' + n.leftShift(7).toString())
  put(n.toString() + ' >> 255', n.rightShift(255).toString() + ' ' + n.rightShift(0).toString() + ' ' + n.rightShift(7).toString() + ' ' + n.rightShift(64).toString())
  put(n.toString() + ' hex', n.toHexString() + ' ' + Bytes.fromByteArray(ByteArray.fromBigInt(n)).toHexString())
}

function integer(text: string): void {
  const n = BigInt.fromString(text)
  put(text, n.toString() + ' ' + n.toHexString() + ' ' + n.length.toString())
}

function decimal(text: string): void {
  const n = BigDecimal.fromString(text)
  put(text, n.toString() + ' ' + n.digits.toString() + ' ' + n.exp.toString())
  put(text + ' and nothing', n.plus(BigDecimal.zero()).toString() + ' ' + n.neg().toString() + ' ' + n.times(n).toString())
}

function quotient(a: string, b: string): void {
  const x = BigDecimal.fromString(a)
  const y = BigDecimal.fromString(b)
  let text = x.plus(y).toString() + ' ' + x.minus(y).toString() + ' ' + x.times(y).toString()
  if (!y.equals(BigDecimal.zero())) text += ' ' + x.div(y).toString()
  put(a + ' ' + b, text + (x.equals(y) ? ' =' : ' !') + (bigDecimal.equals(x, y) ? '=' : '!') + (x < y ? '<' : '') + (x > y ? '>' : ''))
}

/** Decimals as mappings put them together, not normalised. */
function digits(n: BigInt): void {
  const exponents: i32[] = [0, 1, -1, 34, -34, 6000, -6000]
  for (let i = 0; i < exponents.length; i++) {
    const made = new BigDecimal(n)
    made.exp = BigInt.fromI32(exponents[i])
    const text = made.toString()
    put(n.toString() + 'e' + exponents[i].toString(), text.length.toString() + ' ' + text.slice(0, 50) + ' ' + made.plus(BigDecimal.zero()).digits.toString())
  }
}

function document(bytes: Bytes): string {
  const result = json.try_fromBytes(bytes)
  return result.isError ? 'error ' + (result.error ? 'true' : 'false') : shownJson(result.value)
}

function shownJson(value: JSONValue): string {
  if (value.kind == JSONValueKind.NULL) return 'null'
  if (value.kind == JSONValueKind.BOOL) return value.toBool() ? 'true' : 'false'
  if (value.kind == JSONValueKind.NUMBER) return 'number ' + changetype<string>(value.data as usize)
  if (value.kind == JSONValueKind.STRING) return '"' + value.toString() + '"' + value.toString().length.toString()
  let text = ''
  if (value.kind == JSONValueKind.ARRAY) {
    const items = value.toArray()
    for (let i = 0; i < items.length; i++) text += shownJson(items[i]) + ';'
    return '[' + text + ']'
  }
  const entries = value.toObject().entries
  for (let i = 0; i < entries.length; i++) text += entries[i].key + ':' + shownJson(entries[i].value) + ';'
  return '{' + text + '}'
}

function deep(depth: i32): void {
  const arrays = '['.repeat(depth) + ']'.repeat(depth)
  const objects = '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
  put('json ' + depth.toString(), json.try_fromString(arrays).isError ? 'error' : 'fine')
  put('json objects ' + depth.toString(), json.try_fromString(objects).isError ? 'error' : 'fine')
  put('yaml ' + depth.toString(), yaml.try_fromString(arrays).isError ? 'error' : 'fine')
}

function paper(bytes: Bytes): string {
  const result = yaml.try_fromBytes(bytes)
  return result.isError ? 'error ' + (result.error ? 'true' : 'false') : shownYaml(result.value)
}

function shownYaml(value: YAMLValue): string {
  if (value.kind == YAMLValueKind.NULL) return 'null'
  if (value.kind == YAMLValueKind.BOOL) return value.toBool() ? 'true' : 'false'
  if (value.kind == YAMLValueKind.NUMBER) return 'number ' + value.toNumber()
  if (value.kind == YAMLValueKind.STRING) return '"' + value.toString() + '"'
  if (value.kind == YAMLValueKind.TAGGED) return '<' + value.toTagged().tag + '>' + shownYaml(value.toTagged().value)
  let text = ''
  if (value.kind == YAMLValueKind.ARRAY) {
    const items = value.toArray()
    for (let i = 0; i < items.length; i++) text += shownYaml(items[i]) + ';'
    return '[' + text + ']'
  }
  const entries = value.toObject().entries
  for (let i = 0; i < entries.length; i++) text += shownYaml(entries[i].key) + ':' + shownYaml(entries[i].value) + ';'
  return '{' + text + '}'
}

function shown(data: Bytes): void {
  const text = data.toString()
  let codes = ''
  for (let i = 0; i < text.length; i++) codes += text.charCodeAt(i).toString() + ' '
  put(data.toHexString(), codes)
  put(data.toHexString() + ' base58', data.toBase58() + ' ' + data.toHex())
}

function hashed(size: i32): void {
  const bytes = new Bytes(size)
  for (let i = 0; i < size; i++) bytes[i] = i
  put(size.toString(), crypto.keccak256(bytes).toHexString() + ' ' + bytes.toBase58().length.toString())
}

function named(hash: string): void {
  const name = ens.nameByHash(hash)
  put(hash, name === null ? 'null' : name)
}

function content(path: string): void {
  const found = ipfs.cat(path)
  put(path + ' cat', found === null ? 'null' : found.toString())
  // Of what is there, builds are asked that come later: graph-node cannot tell where it reads manifests from a disk.
  put(path + ' block', getBlock('nonsense') === null ? 'null' : 'found')
}

function levels(list: string[]): void {
  for (let i = 0; i < list.length; i++) {
    log.debug('debug {}', [list[i]])
    log.info('info {}', [list[i]])
    log.warning('warning {}', [list[i]])
    log.error('error {}', [list[i]])
    log.log(changetype<log.Level>(7), list[i])
    put(list[i] + ' as it is', shownJson(json.fromString('[' + list[i].length.toString() + ', "two"]')) + shownYaml(yaml.fromString('[' + list[i] + ', 2]')))
  }
  put('logged', list.length.toString())
}

/** Everything the store can do, with ids of every kind. */
function rows(event: Words, list: string[]): void {
  const parent = new Parent('edge')
  parent.save()
  for (let i = 0; i < list.length; i++) {
    const note = new Note('edge ' + list[i])
    note.n = i
    note.parent = parent.id
    note.save()
    const keyed = new Keyed(Bytes.fromUTF8(list[i]))
    keyed.n = i
    keyed.save()
    const numbered = new Numbered(i64(i) * 1_000_000_007 - 3)
    numbered.n = i
    numbered.save()
    const auto = new Entity()
    auto.set('n', Value.fromI32(i))
    store.set('Auto', 'auto', auto)
    const autoBytes = new Entity()
    autoBytes.set('n', Value.fromI32(i))
    store.set('AutoBytes', 'auto', autoBytes)
  }
  related('first')
  store.remove('Note', 'edge ' + list[0])
  store.remove('Note', 'edge that never was')
  related('one removed')
  const moved = Note.load('edge ' + list[1])
  if (moved !== null) {
    moved.parent = null
    moved.save()
  }
  related('one moved')
  put('moved', fields(store.get('Note', 'edge ' + list[1])) + ' | ' + fields(store.get_in_block('Note', 'edge ' + list[1])))
  if (list.length == 2) adopted()
  const twice = new Entity()
  twice.set('n', Value.fromI32(1))
  twice.entries.push(new TypedMapEntry('n', Value.fromI32(2)))
  store.set('Note', 'twice', twice)
  put('twice', fields(store.get('Note', 'twice')))
  put('removed', Note.load('edge ' + list[0]) === null ? 'null' : 'there')
  put('removed in block', Note.loadInBlock('edge ' + list[0]) === null ? 'null' : 'there')
  const partial = new Entity()
  partial.set('id', Value.fromString('standing'))
  partial.set(event.block.number.toI32() % 2 == 0 ? 'n' : 'text', event.block.number.toI32() % 2 == 0 ? Value.fromI32(8) : Value.fromString('eight'))
  store.set('Note', 'standing', partial)
  const inBlock = store.get_in_block('Note', 'standing')
  const whole = store.get('Note', 'standing')
  put('partial', fields(inBlock) + ' | ' + fields(whole))
  const keyed = Keyed.load(Bytes.fromUTF8(list[0]))
  put('keyed', keyed === null ? 'null' : keyed.n.toString() + ' ' + keyed.id.toHexString())
  const upper = store.get('Keyed', '0x' + Bytes.fromUTF8(list[0]).toHexString().slice(2).toUpperCase())
  put('keyed, upper case', fields(upper))
  put('keyed, without 0x', fields(store.get('Keyed', Bytes.fromUTF8(list[0]).toHexString().slice(2))))
  const numbered = Numbered.load(-3)
  put('numbered', numbered === null ? 'null' : numbered.n.toString())
  put('old', fields(store.get('Note', 'n1')) + ' | ' + fields(store.get_in_block('Note', 'n1')))
}

/** A child that stands in the store already, of which only the parent is said, and one that was nobody's, made anew. */
function adopted(): void {
  const parent = new Parent('another')
  parent.save()
  const ids = ['edge c', 'edge of nobody']
  for (let i = 0; i < ids.length; i++) {
    const child = new Entity()
    child.set('parent', Value.fromString('another'))
    child.set('text', Value.fromNull())
    store.set('Note', ids[i], child)
  }
  const found = store.loadRelated('Parent', 'another', 'notes')
  for (let i = 0; i < found.length; i++) put('adopted ' + i.toString(), fields(found[i]))
  related('one adopted')
}

/** Of children that another handler of the block has made, one has no parent any more, and one has another. */
function leave(): void {
  const child = new Entity()
  child.set('parent', Value.fromNull())
  store.set('Note', 'edge of nobody', child)
  const other = new Entity()
  other.set('parent', Value.fromString('another'))
  other.set('text', Value.fromNull())
  store.set('Note', 'edge d', other)
  const found = store.loadRelated('Parent', 'another', 'notes')
  for (let i = 0; i < found.length; i++) put('left ' + i.toString(), fields(found[i]))
  put('left', fields(store.get('Note', 'edge of nobody')))
  store.remove('Note', 'edge of nobody')
  store.set('Note', 'edge of nobody', child)
  put('left again', fields(store.get('Note', 'edge of nobody')))
}

function fields(entity: Entity | null): string {
  if (entity === null) return 'null'
  let text = ''
  for (let i = 0; i < entity.entries.length; i++) {
    const entry = entity.entries[i]
    text += entry.key + '=' + entry.value.kind.toString() + ' ' + entry.value.displayData() + ';'
  }
  return text
}

function related(name: string): void {
  const found = store.loadRelated('Parent', 'edge', 'notes')
  const ids: string[] = []
  for (let i = 0; i < found.length; i++) ids.push(found[i].getString('id'))
  put('related, ' + name, found.length.toString() + ' ' + ids.join(','))
}

function grow(event: Words, list: string[]): void {
  const context = new DataSourceContext()
  context.setString('string', list[0])
  context.setBigInt('big', event.params.numbers[0])
  context.setBytes('bytes', event.params.data)
  context.setBoolean('yes', true)
  context.setBoolean('no', false)
  context.setBigDecimal('decimal', BigDecimal.fromString('-1.500'))
  context.setI32('int', -7)
  context.set('int8', Value.fromI64(i64.MIN_VALUE))
  context.set('time', Value.fromTimestamp(1_700_000_000_000_001))
  context.set('null', Value.fromNull())
  context.set('list', Value.fromArray([Value.fromString('a'), Value.fromI32(1), Value.fromArray([Value.fromBoolean(true)]), Value.fromNull()]))
  context.set('empty', Value.fromArray([]))
  Echo.createWithContext(event.address, context)
  dataSource.create('Echo', [list[1]])
  dataSource.create('Echo', [event.address.toHexString(), 'more', ''])
  dataSource.create('Echo', [event.address.toHexString()])
}

export function handleEcho(event: Noted): void {
  prefix = 'echo/' + event.block.number.toString() + '/' + event.logIndex.toString() + '/'
  const context = dataSource.context()
  const names: string[] = []
  for (let i = 0; i < context.entries.length; i++) names.push(context.entries[i].key)
  put(context.entries.length.toString(), names.length.toString() + ' ' + names.sort().join(','))
  for (let i = 0; i < names.length; i++) {
    const value = context.get(names[i])!
    let text = value.kind.toString() + ' '
    if (value.kind == ValueKind.ARRAY) {
      const items = value.toArray()
      for (let j = 0; j < items.length; j++) text += items[j].kind.toString() + ','
    } else if (value.kind == ValueKind.INT8) text += value.toI64().toString()
    else if (value.kind == ValueKind.TIMESTAMP) text += value.toTimestamp().toString()
    else text += value.displayData()
    put(names[i], text)
  }
  put('at', dataSource.address().toHexString() + dataSource.network() + dataSource.stringParam().length.toString())
}
