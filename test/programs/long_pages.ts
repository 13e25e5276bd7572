/** Pages whose programs take so long that they have a test file of their own: each has two minutes. */
export const LONG_PAGES = ['managers.md', 'pool.md'];
