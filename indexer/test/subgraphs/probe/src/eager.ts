import { dataSource } from '@graphprotocol/graph-ts'
import { Did } from '../generated/Eager/Probe'
import { answer } from './answer'

// Read before any handler runs, and another for each data source.
const ADDRESS = dataSource.address().toHexString()

export function handleEager(event: Did): void {
  answer('eager', ADDRESS)
}

export function handleChild(event: Did): void {
  const context = dataSource.context()
  const name = context.get('name')
  answer('child/' + event.params.what, ADDRESS + (name === null ? '' : ' ' + name.toString()))
}
