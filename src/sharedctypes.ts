/** `multiproc/sharedctypes`. */
export {};
