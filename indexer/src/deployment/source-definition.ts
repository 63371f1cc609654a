import { type ContractAbi, eventTopic, findCalledFunction, findEvent, selectorOf } from './abi.ts'
import { parseDeclaredCall } from './declared-call.ts'
import type { CallHandler, EventHandler, SourceDefinition } from './definition.ts'
import { parseAbi } from './parse-abi.ts'
import type { Manifest, ManifestEventHandler, ManifestSource } from './written-manifest.ts'

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>

/** Every file a manifest names, each once, in the order it names them. */
export function filesOf({ schemaFile, dataSources, templates }: Manifest): string[] {
  const ofSource = ({ file, abis }: ManifestSource) => [...abis.map((abi) => abi.file), file]
  return [...new Set([schemaFile, ...[...dataSources, ...templates].flatMap(ofSource)])]
}

/** The manifest's data sources or templates, with what their files say. What is missing or wrong goes to `problems`. */
export function defineSources(
  manifest: Manifest,
  isTemplate: boolean,
  files: Files,
  problems: string[],
): SourceDefinition[] {
  const sources = isTemplate ? manifest.templates : manifest.dataSources
  return sources.map((source) => {
    const where = `${isTemplate ? 'template' : 'data source'} \`${source.name}\``
    const { name, address, startBlock, endBlock, context, apiVersion, file, blockHandlers } = source
    const { fileHandler, entitySource } = source
    // A file is of no chain; its handler is told the deployment's.
    const network = source.network || (manifest.dataSources[0]?.network ?? '')
    const complain = (problem: string) => problems.push(`${where}: ${problem}`)
    const abis = readAbis(source, files, complain)
    const bytes = files.get(file)
    if (bytes && !isWasm(bytes)) problems.push(`${where}: ${file} is not a compiled mapping. Run graph build first.`)
    const abi = abis.get(source.abi)
    return {
      name,
      isTemplate,
      network,
      ...(address === undefined ? {} : { address }),
      startBlock: isTemplate ? 0 : startBlock,
      ...(endBlock === undefined ? {} : { endBlock }),
      context,
      apiVersion,
      module: file,
      abis,
      eventHandlers: abi ? source.eventHandlers.flatMap((handler) => eventHandler(handler, abi, abis, complain)) : [],
      callHandlers: abi ? source.callHandlers.flatMap((handler) => callHandler(handler, abi, complain)) : [],
      blockHandlers,
      ...(fileHandler === undefined ? {} : { fileHandler }),
      ...(entitySource === undefined ? {} : { entitySource }),
    }
  })
}

function readAbis(source: ManifestSource, files: Files, complain: (problem: string) => void): Map<string, ContractAbi> {
  const abis = new Map<string, ContractAbi>()
  for (const { name, file } of source.abis) {
    const bytes = files.get(file)
    if (!bytes) continue
    try {
      abis.set(name, parseAbi(name, Buffer.from(bytes).toString('utf8')))
    } catch (error) {
      complain(`the ABI \`${name}\` (${file}) cannot be read: ${error instanceof Error ? error.message : error}`)
    }
  }
  return abis
}

function eventHandler(
  { event, handler, topic0, topics, receipt, calls }: ManifestEventHandler,
  contract: ContractAbi,
  abis: ReadonlyMap<string, ContractAbi>,
  complain: (problem: string) => void,
): EventHandler[] {
  const abi = findEvent(contract, event)
  if (!abi) {
    complain(`Event with the signature "${event}" not found in contract "${contract.name}"`)
    return []
  }
  const declared = Object.values(calls).map((text) => parseDeclaredCall(text, abis, abi))
  for (const call of declared) if (typeof call === 'string') complain(`the declared call ${call}`)
  const good = declared.filter((call) => typeof call !== 'string')
  return [{ handler, event, abi, topic0: topic0 ?? eventTopic(event), topics, receipt, calls: good }]
}

function callHandler(
  { function: signature, handler }: ManifestSource['callHandlers'][number],
  contract: ContractAbi,
  complain: (problem: string) => void,
): CallHandler[] {
  const abi = findCalledFunction(contract, signature)
  if (!abi) {
    complain(`Function with the signature "${signature}" not found in contract "${contract.name}"`)
    return []
  }
  return [{ handler, function: signature, abi, selector: selectorOf(signature) }]
}

function isWasm(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d
}
