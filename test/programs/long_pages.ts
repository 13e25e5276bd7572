/** Pages whose programs take so long that they have a test file of their own: each has two minutes. */
export const LONG_PAGES = ['managers-types.md', 'managers.md', 'pool.md'];
