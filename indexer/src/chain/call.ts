import { BlockGoneError, RpcError } from '../errors.ts'
import { type BlockPtr, type Hex, isRaw } from './block.ts'
import { type Rpc, RpcRefusal } from './rpc.ts'

/** What a handler may ask of the state after a block. */
export type StateQuestion =
  | { readonly kind: 'call'; readonly to: Hex; readonly data: Hex }
  | { readonly kind: 'balance'; readonly address: Hex }
  | { readonly kind: 'code'; readonly address: Hex }

/** Of a call: what it returned, null if it reverted. Of a balance: wei. Of code: whether there is any. */
export type StateAnswer = Hex | bigint | boolean | null

/** graph-node gives every call as much; results depend on it, so it cannot be configured. */
const CALL_GAS = '0x2faf080'

/** Nodes that want a number instead of a block's hash; learnt once for each. */
const takesOnlyNumbers = new WeakSet<Rpc>()

/**
 * Asks for the state as it was after a block, all questions at once.
 * @returns an answer to each question, in their order
 * @throws RpcError if the node cannot say; never because a contract reverted
 */
export function stateAt(
  rpc: Rpc,
  block: BlockPtr,
  questions: readonly StateQuestion[],
  signal?: AbortSignal,
): Promise<StateAnswer[]> {
  return Promise.all(questions.map((question) => answerOf(rpc, block, question, signal)))
}

async function answerOf(
  rpc: Rpc,
  block: BlockPtr,
  question: StateQuestion,
  signal?: AbortSignal,
): Promise<StateAnswer> {
  switch (question.kind) {
    case 'call': {
      const { to, data } = question
      try {
        // Some nodes read `data`, some `input`.
        const request = { to, data, input: data, gas: CALL_GAS }
        return asHex('eth_call', await atBlock(rpc, 'eth_call', request, block, signal))
      } catch (error) {
        if (error instanceof RpcRefusal && isRevert(error.answer)) return null
        throw error
      }
    }
    case 'balance': {
      const balance = await atBlock(rpc, 'eth_getBalance', question.address, block, signal)
      return BigInt(asHex('eth_getBalance', balance))
    }
    case 'code': {
      const code = await atBlock(rpc, 'eth_getCode', question.address, block, signal)
      return asHex('eth_getCode', code).length > 2
    }
  }
}

/** By hash (EIP-1898), so that a reorg cannot answer for another block; by number where the node does not know that form. */
async function atBlock(
  rpc: Rpc,
  method: string,
  subject: unknown,
  { number, hash }: BlockPtr,
  signal?: AbortSignal,
): Promise<unknown> {
  const options = signal ? { signal } : {}
  const byNumber = () => rpc.request(method, [subject, `0x${number.toString(16)}`], options)
  if (takesOnlyNumbers.has(rpc)) return byNumber()
  try {
    return await rpc.request(method, [subject, { blockHash: hash }], options)
  } catch (error) {
    if (!(error instanceof RpcRefusal) || isRevert(error.answer)) throw error
    // Either the block is gone, or the node does not know how to take a hash.
    if (!(await rpc.headerByHash(hash, signal))) throw new BlockGoneError({ number, hash }, error)
    if (error.answer.code !== INVALID_PARAMS) throw error
    const answer = await byNumber()
    takesOnlyNumbers.add(rpc)
    return answer
  }
}

const INVALID_PARAMS = -32602

// ── reverts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What nodes say when a contract, and not they themselves, refused. */
const REVERTS = [
  'revert',
  'invalid jump destination',
  'invalid opcode',
  'stack limit reached 1024',
  'out of gas',
  'stack underflow',
  'vm execution error',
  'invalidjump',
  'notactivated',
  'invalidfeopcode',
  'stackunderflow',
  'stackoverflow',
  'opcodenotfound',
  // anvil: `EVM error OutOfGas` and whatever else stopped the machine. graph-node would ask for ever.
  'evm error ',
]

/** @see graphprotocol/graph-node chain/ethereum/src/ethereum_adapter.rs: no standard says how a revert is told */
export function isRevert({ code, message, data }: RpcRefusal['answer']): boolean {
  const said = message.toLowerCase()
  if (REVERTS.some((one) => said.includes(one))) return true
  const text = typeof data === 'string' ? data : isRaw(data) && typeof data.message === 'string' ? data.message : ''
  const isParity = code === -32015 && /^(revert|bad jump|out of stack|bad instruction f[ed])/i.test(text)
  // Code 3 is what geth answers to a revert, whatever the words.
  return isParity || code === 3
}

function asHex(method: string, value: unknown): Hex {
  if (typeof value === 'string' && value.startsWith('0x')) return value.toLowerCase() as Hex
  throw new RpcError(method, 'its answer is no hex')
}
