/** What other processes are sent by name: the function that makes a connection there. */
export { rebuildConnection } from './socket_connection.ts';
