/** By model id: where each model's sizes were read. */
declare const modelSources: Readonly<Record<string, readonly string[]>>
export default modelSources
