import type { AbiParameter } from 'viem'
import type { Hex } from '../chain/block.ts'
import { AbiMismatchError } from '../errors.ts'
import type { AbiValue } from './abi-value.ts'

/*
 * The contract ABI, straight between hex and AbiValue. Every log of a backfill goes through here, so types are compiled once to
 * closures that read at an offset of the hex text itself: no byte arrays, no numbers in between, bytes and addresses are slices.
 *
 *   a sequence:   head of a | head of b | … | tails         a static value stands in its head,
 *                 └ base     └ base + size(a)               a dynamic one leaves there its tail's distance from base
 */

/** Digits of one word. */
const WORD = 64

interface Size {
  readonly isDynamic: boolean
  /** Digits the value takes in the head: a word for what is dynamic. */
  readonly headSize: number
}

interface Writer extends Size {
  /** Its own encoding. Throws {@link AbiMismatchError} where the value is of another kind. */
  write(value: AbiValue): string
}

interface Codec extends Writer {
  /** The value whose own encoding begins at `at`. */
  read(source: Source, at: number): AbiValue
}

interface Source {
  readonly hex: string
  /** How many values may still be read: crafted data can point to the same tail again and again. */
  budget: number
}

/**
 * Decodes what a contract returned or logged.
 * @param data - not necessarily a whole number of words; what is left over at its end is ignored
 * @returns null where the data is too short or points outside itself. Strings that are not UTF-8 get U+FFFD.
 * @example decodeArguments([{ type: 'bool' }], `0x${'1'.padStart(64, '0')}`) // [{ kind: 'bool', value: true }]
 */
export function decodeArguments(params: readonly AbiParameter[], data: Hex): AbiValue[] | null {
  const codecs = codecsOf(params)
  // 0x takes two digits, and offsets count from behind it.
  const source = { hex: data.slice(2), budget: data.length + 1024 }
  try {
    return readSequence(codecs, source, 0)
  } catch (error) {
    if (error instanceof Undecodable) return null
    throw error
  }
}

/** Decodes one static value from a topic. @returns null if the type does not fit into a topic: then only its hash is there */
export function decodeTopic(param: AbiParameter, topic: Hex): AbiValue | null {
  const codec = codecOf(param)
  if (codec.isDynamic || codec.headSize !== WORD || /[[(]|^tuple/.test(param.type)) return null
  return codec.read({ hex: topic.slice(2), budget: 1 }, 0)
}

/**
 * Encodes arguments of a call, without the selector.
 * @throws {@link AbiMismatchError} if there are too few or too many values, or one is not of its parameter's kind
 */
export function encodeArguments(params: readonly AbiParameter[], values: readonly AbiValue[]): Hex {
  if (params.length !== values.length) {
    throw new AbiMismatchError(`${params.length} arguments`, `${values.length} of them`)
  }
  return `0x${writeSequence(codecsOf(params), values)}`
}

/**
 * Encodes one value whose type is what its kind says: `ethereum.encode`.
 * @throws {@link AbiMismatchError} if a number has more than 256 bits, or fixed bytes more than 32
 */
export function encodeValue(value: AbiValue): Hex {
  return `0x${writeSequence([writerFor(value)], [value])}`
}

/**
 * Reads a type as it stands in a signature, with blanks where graph-node allows them: behind commas and within parentheses.
 * @throws Error if it is none
 * @example parseType('(address, uint256[])[2]') // { type: 'tuple[2]', components: [{ type: 'address' }, { type: 'uint256[]' }] }
 */
export function parseType(text: string): AbiParameter {
  const param = readType({ text, at: 0 })
  codecOf(param)
  return param
}

interface Cursor {
  readonly text: string
  at: number
}

/** The rest of the text must be one type. */
function readType(cursor: Cursor): AbiParameter {
  const param = readPart(cursor)
  if (cursor.at < cursor.text.length) throw new Error(`${cursor.text} is not one type`)
  return param
}

function readPart(cursor: Cursor): AbiParameter {
  if (take(cursor, /(?:tuple)?\([ \t]*/y) === null) {
    return { type: elementary(take(cursor, /[\w$][\w$.]*/y) ?? '') + takeSizes(cursor) }
  }
  const components: AbiParameter[] = []
  while (take(cursor, /[ \t]*\)/y) === null) {
    components.push(readPart(cursor))
    if (take(cursor, /,[ \t]*/y) !== null) continue
    if (take(cursor, /[ \t]*(?=\))/y) === null) throw new Error(`${cursor.text} has parentheses that nothing closes`)
  }
  return { type: `tuple${takeSizes(cursor)}`, components }
}

/** The sizes of arrays that follow a type. */
function takeSizes(cursor: Cursor): string {
  return take(cursor, /(?:\[\d{0,6}\])*/y) ?? ''
}

function take(cursor: Cursor, pattern: RegExp): string | null {
  pattern.lastIndex = cursor.at
  const [found] = pattern.exec(cursor.text) ?? []
  if (found === undefined) return null
  cursor.at += found.length
  return found
}

/** A type of its own name is an enum of a library. */
function elementary(name: string): string {
  const [, kind = '', size = '256'] = /^(u?int)(\d+)?$/.exec(name) ?? []
  if (name === 'tuple') throw new Error('a tuple has parentheses')
  if (kind === '') return /^[a-zA-Z_$][\w$]*\.([a-zA-Z_$][\w$]*)?$/.test(name) ? 'uint8' : name
  const width = Number(size)
  if (width < 8 || width > 256 || width % 8 !== 0) throw new Error(`${name} is not a type of the contract ABI`)
  return kind + width
}

/** How to write a value whose type is what its kind says. */
function writerFor(value: AbiValue): Writer {
  switch (value.kind) {
    case 'fixedBytes': {
      const size = (value.value.length - 2) / 2
      if (size > 32) throw new AbiMismatchError('at most 32 fixed bytes', `${size}`)
      return fixedBytesCodec('bytes32', 32)
    }
    case 'int':
    case 'uint':
      return codecOf({ type: `${value.kind}256` })
    case 'array': {
      const items = value.value.map(writerFor)
      const write = () => wordOf(items.length) + writeSequence(items, value.value)
      return { isDynamic: true, headSize: WORD, write }
    }
    case 'fixedArray':
    case 'tuple': {
      const items = value.value.map(writerFor)
      return { ...sizeOf(items), write: () => writeSequence(items, value.value) }
    }
    default:
      return codecOf({ type: value.kind })
  }
}

// ── sequences ───────────────────────────────────────────────────────────────────────────────────────────────────────────

class Undecodable extends Error {}

function readSequence(codecs: readonly Codec[], source: Source, base: number): AbiValue[] {
  const values: AbiValue[] = new Array(codecs.length)
  let at = base
  for (let i = 0; i < codecs.length; i++) {
    const codec = codecs[i] as Codec
    values[i] = codec.isDynamic ? codec.read(source, base + readLength(source, at) * 2) : codec.read(source, at)
    at += codec.headSize
  }
  return values
}

function writeSequence(codecs: readonly Writer[], values: readonly AbiValue[]): string {
  let tailAt = codecs.reduce((sum, codec) => sum + codec.headSize, 0)
  let heads = ''
  let tails = ''
  codecs.forEach((codec, i) => {
    const encoded = codec.write(values[i] as AbiValue)
    if (!codec.isDynamic) {
      heads += encoded
      return
    }
    heads += wordOf(tailAt / 2)
    tails += encoded
    tailAt += encoded.length
  })
  return heads + tails
}

function readWord(source: Source, at: number): string {
  if (at + WORD > source.hex.length || source.budget-- <= 0) throw new Undecodable()
  return source.hex.slice(at, at + WORD)
}

/** A length or an offset, in bytes or elements; beyond 2^48 nothing could be there. */
function readLength(source: Source, at: number): number {
  const word = readWord(source, at)
  for (let i = 0; i < WORD - 12; i++) if (word.charCodeAt(i) !== 48) throw new Undecodable()
  return Number.parseInt(word.slice(WORD - 12), 16)
}

function wordOf(value: number | bigint): string {
  return value.toString(16).padStart(WORD, '0')
}

// ── codecs ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const sequences = new WeakMap<readonly AbiParameter[], readonly Codec[]>()

function codecsOf(params: readonly AbiParameter[]): readonly Codec[] {
  const known = sequences.get(params)
  if (known) return known
  const codecs = params.map(codecOf)
  sequences.set(params, codecs)
  return codecs
}

const plainCodecs = new Map<string, Codec>()

function codecOf(param: AbiParameter): Codec {
  if ('components' in param && param.components) return buildCodec(param.type, param.components)
  const known = plainCodecs.get(param.type)
  if (known) return known
  const codec = buildCodec(param.type, [])
  plainCodecs.set(param.type, codec)
  return codec
}

function buildCodec(type: string, components: readonly AbiParameter[]): Codec {
  const array = /^(.*)\[(\d*)\]$/.exec(type)
  if (array) {
    const [, element = '', count = ''] = array
    const item = codecOf(components.length > 0 ? { type: element, components } : { type: element })
    return count === '' ? arrayCodec(type, item) : fixedArrayCodec(type, item, Number(count))
  }
  if (type === 'tuple') return tupleCodec(components)
  if (type === 'address') return addressCodec
  if (type === 'bool') return boolCodec
  if (type === 'string') return stringCodec
  if (type === 'bytes') return bytesCodec
  if (type === 'function') return fixedBytesCodec(type, 24, 'function')
  const [, kind, size] = /^(uint|int|bytes)(\d+)$/.exec(type) ?? []
  if (kind === 'bytes' && Number(size) >= 1 && Number(size) <= 32) return fixedBytesCodec(type, Number(size))
  if (kind === 'uint' || kind === 'int') return integerCodec(type, kind, Number(size))
  throw new Error(`${type} is not a type of the contract ABI`)
}

const addressCodec: Codec = {
  isDynamic: false,
  headSize: WORD,
  read: (source, at) => ({ kind: 'address', value: `0x${readWord(source, at).slice(24)}` }),
  write: (value) => pick('address', 'address', value).slice(2).padStart(WORD, '0').toLowerCase(),
}

const boolCodec: Codec = {
  isDynamic: false,
  headSize: WORD,
  read: (source, at) => ({ kind: 'bool', value: /[^0]/.test(readWord(source, at)) }),
  write: (value) => wordOf(pick('bool', 'bool', value) ? 1 : 0),
}

function integerCodec(type: string, kind: 'int' | 'uint', bits: number): Codec {
  const fits = kind === 'uint' ? BigInt.asUintN : BigInt.asIntN
  const read: Codec['read'] =
    kind === 'uint'
      ? (source, at) => ({ kind, value: BigInt(`0x${readWord(source, at)}`) })
      : (source, at) => ({ kind, value: BigInt.asIntN(256, BigInt(`0x${readWord(source, at)}`)) })
  return {
    isDynamic: false,
    headSize: WORD,
    read,
    write: (value) => {
      const integer = pick(kind, type, value)
      if (fits(bits, integer) !== integer) throw new AbiMismatchError(type, `the number ${integer}`)
      return wordOf(BigInt.asUintN(256, integer))
    },
  }
}

function fixedBytesCodec(type: string, size: number, kind: 'fixedBytes' | 'function' = 'fixedBytes'): Codec {
  return {
    isDynamic: false,
    headSize: WORD,
    read: (source, at) => ({ kind, value: `0x${readWord(source, at).slice(0, size * 2)}` }),
    write: (value) => {
      const hex = pick(kind, type, value).slice(2)
      if (hex.length > size * 2) throw new AbiMismatchError(type, `${hex.length / 2} bytes`)
      return hex.padEnd(WORD, '0').toLowerCase()
    },
  }
}

const bytesCodec: Codec = {
  isDynamic: true,
  headSize: WORD,
  read: (source, at) => ({ kind: 'bytes', value: `0x${readBytes(source, at)}` }),
  write: (value) => writeBytes(pick('bytes', 'bytes', value).slice(2).toLowerCase()),
}

const stringCodec: Codec = {
  isDynamic: true,
  headSize: WORD,
  read: (source, at) => ({ kind: 'string', value: Buffer.from(readBytes(source, at), 'hex').toString('utf8') }),
  write: (value) => writeBytes(Buffer.from(pick('string', 'string', value), 'utf8').toString('hex')),
}

function readBytes(source: Source, at: number): string {
  const start = at + WORD
  const end = start + readLength(source, at) * 2
  if (end > source.hex.length) throw new Undecodable()
  return source.hex.slice(start, end)
}

function writeBytes(hex: string): string {
  return wordOf(hex.length / 2) + hex.padEnd(Math.ceil(hex.length / WORD) * WORD, '0')
}

function arrayCodec(type: string, item: Codec): Codec {
  return {
    isDynamic: true,
    headSize: WORD,
    read: (source, at) => {
      // As graph-node: of what takes no place there is none.
      const length = item.headSize === 0 ? 0 : readLength(source, at)
      const start = at + WORD
      if (start + length * item.headSize > source.hex.length) throw new Undecodable()
      return { kind: 'array', value: readSequence(new Array<Codec>(length).fill(item), source, start) }
    },
    write: (value) => {
      const items = pick('array', type, value)
      return wordOf(items.length) + writeSequence(new Array<Codec>(items.length).fill(item), items)
    },
  }
}

function fixedArrayCodec(type: string, item: Codec, count: number): Codec {
  const items = new Array<Codec>(count).fill(item)
  return {
    ...sizeOf(items),
    read: (source, at) => {
      // As graph-node: an array of none is not read at all.
      if (count === 0) throw new Undecodable()
      return { kind: 'fixedArray', value: readSequence(items, source, at) }
    },
    // Generated classes pass fixed arrays as plain ones.
    write: (value) => {
      const values = value.kind === 'array' ? value.value : pick('fixedArray', type, value)
      if (values.length !== count) throw new AbiMismatchError(type, `${values.length} elements`)
      return writeSequence(items, values)
    },
  }
}

function tupleCodec(components: readonly AbiParameter[]): Codec {
  const codecs = components.map(codecOf)
  return {
    ...sizeOf(codecs),
    read: (source, at) => ({ kind: 'tuple', value: readSequence(codecs, source, at) }),
    write: (value) => {
      const values = pick('tuple', 'tuple', value)
      if (values.length !== codecs.length) throw new AbiMismatchError('tuple', `${values.length} components`)
      return writeSequence(codecs, values)
    },
  }
}

/** What a tuple of these takes: it is dynamic as soon as one of them is. */
function sizeOf(items: readonly Size[]): Size {
  const isDynamic = items.some((item) => item.isDynamic)
  return { isDynamic, headSize: isDynamic ? WORD : items.reduce((sum, item) => sum + item.headSize, 0) }
}

type ValueOf<K extends AbiValue['kind']> = Extract<AbiValue, { kind: K }>['value']

function pick<K extends AbiValue['kind']>(kind: K, type: string, value: AbiValue): ValueOf<K> {
  if (value.kind !== kind) throw new AbiMismatchError(type, value.kind)
  return value.value as ValueOf<K>
}
