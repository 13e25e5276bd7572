/** What systems do differently about the addresses of sockets. */

/** Whether there are named pipes like `\\.\pipe\name`, which `node:net` listens at. */
export const hasNamedPipes = process.platform === 'win32';
/** The longest path of a Unix socket: what `struct sockaddr_un` holds, its last byte left out. */
export const MOST_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
