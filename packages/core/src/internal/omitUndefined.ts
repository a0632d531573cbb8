/** A record whose keys are absent where their value is undefined: what `exactOptionalPropertyTypes` asks for. */
export type OmitUndefined<A> = {
  readonly [K in keyof A as undefined extends A[K] ? never : K]: A[K]
} & { readonly [K in keyof A as undefined extends A[K] ? K : never]?: Exclude<A[K], undefined> }

/** Leaves out the keys whose value is undefined. */
export const omitUndefined = <A extends object>(record: A): OmitUndefined<A> =>
  // oxlint-disable-next-line no-unsafe-type-assertion -- Object.fromEntries forgets the keys; the filter makes it true
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as OmitUndefined<A>
