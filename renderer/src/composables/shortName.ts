/** A card's name without the words that all of its maker's cards share, for narrow columns. */
export const shortName = (name: string): string => name.replace(/^NVIDIA (GeForce )?/, '').replace(/^AMD (Radeon )?/, '')
