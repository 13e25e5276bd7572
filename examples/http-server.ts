/**
 * A pool of processes serves HTTP on one listening socket. Each connection goes to whichever process takes it first; when one is killed the pool starts another,
 * which serves on the same socket, and what comes meanwhile is answered by those that are left.
 */
import { Agent, createServer, get } from 'node:http';
import { createServer as createListener } from 'node:net';
import { Descriptor, isMain, Pool } from 'multiproc';

/** Runs once in each process of the pool. */
export function serve(socket: Descriptor): void {
  const server = createServer((_request, response) => {
    // Some work, so that one process alone is not quick enough for all.
    for (const end = performance.now() + 2; performance.now() < end; );
    response.end(String(process.pid));
  });
  server.listen({ fd: socket.detach() });
}

/** The process that runs this is killed. */
export function crash(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Asks once, over a connection of its own. */
function ask(port: number): Promise<{ status: number | undefined; pid: string }> {
  return new Promise((resolve, reject) => {
    get({ port, agent: new Agent({ keepAlive: false }) }, async (response) => {
      resolve({ status: response.statusCode, pid: (await response.setEncoding('utf8').toArray()).join('') });
    }).on('error', reject);
  });
}

/** Asks until at least `requests` were answered, by two processes at least. */
async function load(port: number, requests: number): Promise<void> {
  const pids = new Set<string>();
  const statuses = new Set<number | undefined>();
  for (let asked = 0; asked < requests || pids.size < 2; asked += 20) {
    for (const { status, pid } of await Promise.all(Array.from({ length: 20 }, () => ask(port)))) {
      statuses.add(status);
      pids.add(pid);
    }
  }
  console.log('statuses:', [...statuses], 'by more than one process:', pids.size > 1);
}

if (isMain(import.meta)) {
  const listener = createListener().listen(0);
  const { port } = listener.address() as { port: number };
  // Keeps the socket open without accepting anything here: this process only hands it out, and to processes that are started later, too.
  const socket = new Descriptor(listener);
  listener.close();
  await using pool = new Pool({ processes: 3, initializer: serve, initargs: [socket] });
  await load(port, 60);
  await pool.apply(crash).catch(({ name }) => console.log('one is killed:', name));
  await load(port, 60);
}

/* Prints:
statuses: [ 200 ] by more than one process: true
one is killed: WorkerLostError
statuses: [ 200 ] by more than one process: true
*/
