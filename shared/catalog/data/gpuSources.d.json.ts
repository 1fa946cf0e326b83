declare const gpuSources: {
  /** What each short name of a source stands for. */
  readonly legend: Readonly<Record<string, string>>
  /** By GPU id: the short names of the sources of its figures. */
  readonly gpus: Readonly<Record<string, readonly string[]>>
}
export default gpuSources
