/** What is wrong with one field of a config.json. */
export interface ConfigProblem {
  readonly field: string
  readonly code: 'missing' | 'not-a-number' | 'unknown-model-type' | 'not-supported'
  readonly found?: string
}

/** Typed reading of a config.json: collects problems instead of stopping at the first. */
export class ConfigFields {
  readonly problems: ConfigProblem[]
  private readonly config: Readonly<Record<string, unknown>>
  private readonly prefix: string

  constructor (config: Readonly<Record<string, unknown>>, problems: ConfigProblem[] = [], prefix = '') {
    this.config = config
    this.problems = problems
    this.prefix = prefix
  }

  /** A positive whole number that must be there. */
  size (field: string): number {
    const value = this.config[field]
    if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
    this.problems.push(value === undefined || value === null ? { field: this.prefix + field, code: 'missing' } : { field: this.prefix + field, code: 'not-a-number', found: JSON.stringify(value) })
    return 1
  }

  /** A whole number, or what stands for it when the field is absent or null. */
  sizeOr<T extends number | null> (field: string, otherwise: T): number | T {
    return this.config[field] === undefined || this.config[field] === null ? otherwise : this.count(field)
  }

  /** A number of any kind, or what stands for it. */
  numberOr<T extends number | null> (field: string, otherwise: T): number | T {
    const value = this.config[field]
    return typeof value === 'number' && Number.isFinite(value) ? value : otherwise
  }

  flag (field: string, otherwise: boolean): boolean {
    const value = this.config[field]
    return typeof value === 'boolean' ? value : otherwise
  }

  /** Whether an optional value is there: null says no, absent what the configuration class says. */
  isSetOr (field: string, otherwise: boolean): boolean {
    const value = this.config[field]
    return value === undefined ? otherwise : value !== null
  }

  text (field: string): string | null {
    const value = this.config[field]
    return typeof value === 'string' ? value : null
  }

  /** A list of texts (`layer_types`), or null. */
  texts (field: string): readonly string[] | null {
    const value = this.config[field]
    return Array.isArray(value) && value.every((v) => typeof v === 'string') ? value : null
  }

  /** A list of numbers (`mlp_only_layers`), or null. */
  numbers (field: string): readonly number[] | null {
    const value = this.config[field]
    return Array.isArray(value) && value.every((v) => typeof v === 'number') ? value : null
  }

  /** The same config with one field set. */
  with (field: string, value: unknown): ConfigFields {
    return new ConfigFields({ ...this.config, [field]: value }, this.problems, this.prefix)
  }

  /** A nested object (`rope_parameters`, `text_config`), empty when absent. */
  nested (field: string): ConfigFields {
    const value = this.config[field]
    return new ConfigFields(typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {})
  }

  /** A nested config that belongs to this one: its problems are named with the section in front. */
  section (field: string): ConfigFields {
    const value = this.config[field]
    return new ConfigFields(typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {}, this.problems, `${this.prefix}${field}.`)
  }

  reject (field: string, found: string): void {
    this.problems.push({ field: this.prefix + field, code: 'not-supported', found })
  }

  private count (field: string): number {
    const value = this.config[field]
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
    this.problems.push({ field: this.prefix + field, code: 'not-a-number', found: JSON.stringify(value) })
    return 1
  }
}
