/** `multiproc/shared-memory`. */
export {};
