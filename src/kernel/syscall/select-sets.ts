// The three sets of select, changed in place.

export interface SelectSets {
  readonly read?: Set<number> | undefined
  readonly write?: Set<number> | undefined
  readonly except?: Set<number> | undefined
}
