/**
 * What a client and the server of a manager say to each other, over two rings in shared memory or a socket. Version 1.
 *
 * A message is a sequence of encoded values.
 *
 *   request    kind (small integer) | id | target | name | args (array)
 *     HELLO    version | pid | process's name | [identity]   first of all; with the server that it has to be, else it leaves
 *     CALL     id | referent | method | args        referent.method(...args)
 *     CREATE   id | 0 | typeid | args               a new referent
 *     VALUE    id | referent                        a copy of the referent
 *     TEXT     id | referent                        String(referent)
 *     INFO     id | 0 | 'typeids', 'debug', 'objects' or 'identity'
 *     CANCEL   id of a call | 0 | '' | [reason]     nobody waits for its result; it is answered all the same
 *     SHUTDOWN id
 *     DROP     0 | referent                         one proxy less; where the client is no process of this session
 *     CLAIM    id | referent                        one proxy more, which came from another client: it has DROPped none before
 *     TOOK     ticket | referent | ticket ...       what came with these tickets has arrived; that is all of the message, and it has no reply
 *     BYE                                           the client leaves; the end of its messages says the same
 *
 *   reply      id | status | value                  for each request whose id is not 0 (TOOK has none), in whatever order the results come
 *     RESULT   the value
 *     THROWN   what was thrown by the referent
 *     REFUSED  an error of the server's own
 *     CANCELLED  what the client's CANCEL asked for has happened
 *
 * Requests of one client begin in the order in which they were sent. Ids are the client's: positive, and not used again.
 * A proxy in a value is [rebuildProxy, [door, referent, typeid, methods, class, presence]]; at home it is the referent.
 * Over a socket it is ['proxy', [referent, typeid, methods, class]], and on its way home ['home', referent].
 *
 * Crash: a request is either whole in the ring or not there. Of a client that is killed the server runs what it had sent, drops the results, and takes back what the
 * client held. Of a server that is killed every client rejects what is pending.
 */
export const VERSION = 1;

export const Request = {
  HELLO: 1,
  CALL: 2,
  CREATE: 3,
  VALUE: 4,
  TEXT: 5,
  INFO: 6,
  CANCEL: 7,
  SHUTDOWN: 8,
  BYE: 9,
  DROP: 10,
  CLAIM: 11,
  TOOK: 12,
} as const;
export type RequestKind = (typeof Request)[keyof typeof Request];

export const Status = { RESULT: 0, THROWN: 1, REFUSED: 2, CANCELLED: 3 } as const;
export type ReplyStatus = (typeof Status)[keyof typeof Status];

/** The most ids of one connection. */
export const MAX_ID = 2 ** 53 - 1;
