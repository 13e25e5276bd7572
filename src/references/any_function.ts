/** Functions and classes alike: what `typeof` calls a function. No call signature covers both. */
// biome-ignore lint/complexity/noBannedTypes: classes are not assignable to any call signature
export type AnyFunction = Function;
