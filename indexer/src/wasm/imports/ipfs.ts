import { IpfsUnreachableError, MappingError } from '../../errors.ts'
import { readPointers } from '../asc/array.ts'
import { writeBytes } from '../asc/bytes.ts'
import { writeJsonValue } from '../asc/json-value.ts'
import { readValue, writeValue } from '../asc/store-value.ts'
import { readString } from '../asc/string.ts'
import type { Caller } from '../caller.ts'
import type { HostIpfs } from '../host.ts'
import type { HostFunctions } from './host-functions.ts'
import { parseJson } from './json-text.ts'

/** Contents of IPFS, asked for in the middle of a handler. Two indexers need not get the same, so an operator has to allow it. */
export function ipfs(instance: Caller): HostFunctions {
  const open = (name: string): HostIpfs => {
    const { ipfs } = instance.call.host
    if (ipfs) return ipfs
    throw new MappingError(`\`${name}\` is deprecated. Improved support for IPFS will be added in the future`)
  }
  const writeFound = (content: Uint8Array | null): number => (content ? writeBytes(instance.memory, content) : 0)
  return {
    'ipfs.cat': (path = 0) => writeFound(open('ipfs.cat').cat(readString(instance.memory, path))),
    'ipfs.getBlock': (cid = 0) => writeFound(open('ipfs.getBlock').block(readString(instance.memory, cid))),
    'ipfs.map': (path = 0, callback = 0, userData = 0, flags = 0) => {
      const { memory } = instance
      const asked = open('ipfs.map')
      const options = readPointers(memory, flags).map((each) => readString(memory, each))
      if (!options.includes('json')) throw new MappingError("Flags must contain 'json'")
      const link = readString(memory, path)
      mapLines(instance, readString(memory, callback), asked.cat(link), link, userData)
    },
  }
}

/** Each line is a JSON value for a call of its own, in an instance of its own. */
function mapLines(instance: Caller, callback: string, content: Uint8Array | null, link: string, userData: number) {
  if (content === null) throw new IpfsUnreachableError(link, 'not found in time')
  const data = readValue(instance.memory, userData)
  for (const line of linesOf(content)) {
    const value = parseJson(line)
    if (!value) throw new MappingError(`Failed to parse JSON from a line of "${link}": ${Buffer.from(line).toString()}`)
    const other = instance.another()
    if (!other.has(callback)) throw new MappingError(`the compiled mapping has no function \`${callback}\`.`)
    other.run(callback, writeJsonValue(other.memory, value), writeValue(other.memory, data))
  }
}

function* linesOf(content: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(0x0a, start)
    const stop = end < 0 ? content.length : end
    if (stop > start) yield content.subarray(start, stop)
    start = stop + 1
  }
}
