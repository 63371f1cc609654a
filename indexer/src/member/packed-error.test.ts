import { expect, it } from 'vitest'
import { DeploymentBusyError, HandlerTrapError, IndexerError, RpcError } from '../errors.ts'
import { packError, unpackError } from './packed-error.ts'

/** As a message between threads is copied. */
const carried = (error: unknown) => unpackError(structuredClone(packError(error)))

it('keeps what an error of ours says, without its class', () => {
  const trap = { reason: 'overflow', isDeterministic: true, position: null }
  const error = new HandlerTrapError('handlePing', { number: 7, hash: '0x07' }, trap, new RangeError('too far'))
  const other = carried(error)
  expect(other).toBeInstanceOf(IndexerError)
  expect(other).toMatchObject({
    name: 'HandlerTrapError',
    code: 'WASM_HANDLER_TRAPPED',
    remedy: 'fail',
    message: error.message,
    stack: error.stack,
    facts: error.facts,
    cause: { name: 'RangeError', message: 'too far' },
  })
  expect(carried(new DeploymentBusyError('Qm1'))).toMatchObject({ code: 'STORE_DEPLOYMENT_BUSY' })
})

it('keeps the code of errors that are not ours, and every cause', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const other = carried(new RpcError('eth_call', 'fetch failed', new TypeError('fetch failed', { cause: refused })))
  expect(other.cause).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } })
  expect((other.cause as Error).cause).not.toBeInstanceOf(IndexerError)
})

it('takes whatever was thrown', () => {
  expect(carried('a text')).toMatchObject({ message: 'a text' })
  expect(carried(new Error('outer', { cause: 'a text' })).cause).toBe('a text')
})
