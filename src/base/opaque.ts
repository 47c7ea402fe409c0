// The one helper that makes a nominal type: a number or string that only its own constructors hand out.

declare const brand: unique symbol

export type Opaque<T, Name extends string> = T & { readonly [brand]: Name }
