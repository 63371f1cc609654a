import {
  type AbiValue,
  decodeArguments,
  encodeArguments,
  encodeValue,
  findFunction,
  parseType,
  selector,
} from '../../deployment/abi.ts'
import { AbiMismatchError, CallArgumentsError, MappingError } from '../../errors.ts'
import { readAbiValue, writeAbiValue, writeAbiValues } from '../asc/abi-value.ts'
import { writeBigInt } from '../asc/big-int.ts'
import { readHex, writeHex } from '../asc/bytes.ts'
import { type CallRequest, readCallRequest } from '../asc/call-request.ts'
import { readString } from '../asc/string.ts'
import { writeWrappedBool } from '../asc/wrapped.ts'
import type { Caller } from '../caller.ts'
import type { HandlerCall } from '../host.ts'
import type { HostFunctions } from './host-functions.ts'

/** The chain at the end of the block, and the ABI's encoding. */
export function ethereum(instance: Caller): HostFunctions {
  return {
    'ethereum.call': (request = 0) => {
      const { memory, call } = instance
      requireChain(call, 'ethereum.call')
      const values = callContract(call, readCallRequest(memory, request, call.trigger.source.definition.apiVersion))
      return values ? writeAbiValues(memory, values) : 0
    },
    'ethereum.getBalance': (address = 0) => {
      const { memory, call } = instance
      requireChain(call, 'ethereum.getBalance')
      return writeBigInt(memory, call.host.chain.balance(readHex(memory, address)))
    },
    'ethereum.hasCode': (address = 0) => {
      const { memory, call } = instance
      requireChain(call, 'ethereum.hasCode')
      return writeWrappedBool(memory, call.host.chain.hasCode(readHex(memory, address)))
    },
    'ethereum.encode': (value = 0) => {
      const { memory } = instance
      const encoded = unlessMismatch(() => encodeValue(readAbiValue(memory, value)))
      return encoded === null ? 0 : writeHex(memory, encoded)
    },
    'ethereum.decode': (types = 0, data = 0) => {
      const { memory } = instance
      const type = readType(readString(memory, types))
      const [value] = (type && decodeArguments([type], readHex(memory, data))) ?? []
      return value ? writeAbiValue(memory, value) : 0
    },
  }
}

/** A file is at no block, so its handler cannot ask what the chain was like. */
function requireChain({ trigger }: HandlerCall, name: string): void {
  if (trigger.kind !== 'file') return
  throw new MappingError(`chain host function '${name}' is not available for this chain`, undefined, false)
}

/** @returns null for a revert, and for an answer that is not what the ABI says */
function callContract(call: HandlerCall, request: CallRequest): readonly AbiValue[] | null {
  const { contractName, functionName, functionSignature } = request
  const { abis } = call.trigger.source.definition
  const abi = abis.get(contractName)
  if (!abi) {
    throw new MappingError(
      `Could not find ABI for contract "${contractName}", try adding it to the 'abis' section of the subgraph manifest`,
    )
  }
  const fn = findFunction(abi, functionName, functionSignature)
  if (!fn) {
    const isKnown = abi.abi.some((entry) => entry.type === 'function' && entry.name === functionName)
    const which = isKnown && functionSignature !== null ? ` with signature \`${functionSignature}\`` : ''
    throw new MappingError(`Unknown function "${contractName}::${functionName}"${which} called from WASM runtime`)
  }
  const { length } = request.params
  if (length !== fn.inputs.length) {
    throw new CallArgumentsError(contractName, functionName, { wanted: fn.inputs.length, found: length })
  }
  const input = `${selector(fn)}${encodeArguments(fn.inputs, request.params).slice(2)}` as const
  const output = call.host.chain.call(request.address, input)
  return output === null ? null : decodeArguments(fn.outputs, output)
}

/** @returns null if the text is no Solidity type: then nothing can be read as it */
function readType(text: string): ReturnType<typeof parseType> | null {
  try {
    return parseType(text)
  } catch {
    return null
  }
}

function unlessMismatch<T>(encode: () => T): T | null {
  try {
    return encode()
  } catch (error) {
    if (error instanceof AbiMismatchError) return null
    throw error
  }
}
