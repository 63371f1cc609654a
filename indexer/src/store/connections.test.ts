import { expect, it } from 'vitest'
import { requireConnections } from './connections.ts'
import type { Runner } from './postgres.ts'

/** A server that is set up like this. */
const aServer = (most: number): Runner => ({ run: async () => [{ most, reserved: 3 }] })

it('leaves connections for those who answer', async () => {
  await requireConnections(aServer(100), 32)
  await expect(requireConnections(aServer(100), 33)).rejects.toMatchObject({
    code: 'STORE_CONNECTIONS_SHORT',
    facts: { fit: 33, maxConnections: 100 },
  })
})

it('lets one deployment be indexed on the smallest server', async () => {
  await requireConnections(aServer(10), 0)
  await expect(requireConnections(aServer(10), 1)).rejects.toMatchObject({ facts: { fit: 1 } })
})
