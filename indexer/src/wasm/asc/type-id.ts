/** Indices that `id_of_type` turns into a module's own class ids. @see graph-ts `global/global.ts`, `TypeId` */
export const TYPE = {
  string: 0,
  arrayBuffer: 1,
  uint8Array: 6,
  bigDecimal: 12,
  arrayUint8Array: 14,
  arrayEthereumValue: 15,
  arrayStoreValue: 16,
  arrayJsonValue: 17,
  arrayString: 18,
  arrayEventParam: 19,
  arrayEntryStringJsonValue: 20,
  arrayEntryStringStoreValue: 21,
  smartContractCall: 22,
  eventParam: 23,
  transaction: 24,
  block: 25,
  call: 26,
  wrappedBool: 28,
  wrappedJsonValue: 29,
  ethereumValue: 30,
  storeValue: 31,
  jsonValue: 32,
  event: 33,
  entryStringStoreValue: 34,
  entryStringJsonValue: 35,
  mapStringStoreValue: 36,
  mapStringJsonValue: 37,
  resultJsonValueBool: 40,
  receipt: 1000,
  log: 1001,
  arrayH256: 1002,
  arrayLog: 1003,
  arrayEntity: 1004,
  yamlValue: 5500,
  yamlTaggedValue: 5501,
  entryYamlValue: 5502,
  mapYamlValue: 5503,
  arrayYamlValue: 5504,
  arrayEntryYamlValue: 5505,
  wrappedYamlValue: 5506,
  resultYamlValueBool: 5507,
} as const

/** Asks a module for the ids of all classes the host may make, once; where it knows none, the id is 0. */
export function resolveTypeIds(idOfType: ((index: number) => number) | undefined): Uint32Array {
  const ids = new Uint32Array(TYPE.resultYamlValueBool + 1)
  if (idOfType) for (const index of Object.values(TYPE)) ids[index] = idOfType(index)
  return ids
}
