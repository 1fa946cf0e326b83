export { applyProfile, findProfile, PROFILES, type AppliedProfile, type SourcedChange } from './apply.ts'
export type { Profile, ProfileNote } from './profile.ts'
