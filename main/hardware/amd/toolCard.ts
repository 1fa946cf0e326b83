/** What a vendor's tool says of one device, null for what it does not; sizes in bytes. */
export interface ToolCard {
  readonly index: number
  /** Of KFD. */
  readonly node: number | null
  readonly busId: string | null
  readonly partition: number | null
  readonly deviceId: string | null
  readonly revision: string | null
  readonly uniqueId: string | null
  readonly name: string | null
  readonly gfx: string | null
  readonly vramTotal: number | null
  readonly vramUsed: number | null
  readonly gttTotal: number | null
  readonly gttUsed: number | null
}
