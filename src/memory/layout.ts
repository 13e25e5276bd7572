/**
 * Every offset and bit of the arena, by name. Words are 32 bits; a unit is 32 bytes, the heap's grain and the form of an address.
 *
 *   0         header            4 pages: identity, limits, internal locks, heads of the free lists
 *   16 KiB    participants      1024 x 128 bytes
 *   256 KiB   object table      262,144 x 32 bytes
 *   16 MiB    hold bitmaps      1024 x 32 KiB: bit i of row p = participant p holds object i
 *   48 MiB    heap              blocks one after the other, up to HEAP_END
 *
 * The file is sparse: only pages that are touched cost memory.
 */
export const MAGIC = 0x6d70726f;
/** Changes with any change of this file: processes of one session run the same version of the package. */
export const LAYOUT_VERSION = 3;

export const WORD_BYTES = 4;
export const UNIT_BYTES = 32;
export const UNIT_WORDS = UNIT_BYTES / WORD_BYTES;

/** The window through which memory is seen: a view of more than 4 GiB aborts Node 20. */
export const SEGMENT_BYTES = 2 ** 30;
export const SEGMENT_UNITS = SEGMENT_BYTES / UNIT_BYTES;
export const SEGMENT_UNIT_MASK = SEGMENT_UNITS - 1;
export const SEGMENT_UNIT_BITS = 25;
/** Addresses are 32-bit unit numbers; one segment less, so that sums of sizes stay below 2^32. */
export const MAX_SEGMENTS = 127;

/**
 * The first part of segment 0 is seen through a window of its own: V8 answers the appearance of more than 64 MB of external memory with a full
 * garbage collection, and most processes never need more than this. No block lies across its end.
 */
export const FIRST_WINDOW_BYTES = 60 * 1024 * 1024;
export const FIRST_WINDOW_UNITS = FIRST_WINDOW_BYTES / UNIT_BYTES;

/** Whether blocks on the two sides of a unit stay apart. */
export function isBoundary(unit: number): boolean {
  return (unit & SEGMENT_UNIT_MASK) === 0 || unit === FIRST_WINDOW_UNITS;
}

/** Words of the header. */
export const Header = {
  MAGIC: 0,
  VERSION: 1,
  /** Random, so that a reference from another session is recognised. */
  SESSION: 2,
  /** Segments that the file may grow to; written once. */
  CAPACITY_SEGMENTS: 3,
  /** The session's own byte limit, in units; written once. */
  LIMIT_UNITS: 4,
  /** Segments that the heap uses; grows only, under HEAP_LOCK. */
  SEGMENTS: 5,
  /** Units whose pages are taken from the system (derived: the sum over all blocks that are not VIRGIN). */
  RESERVED_UNITS: 6,
  /** Units in FREE blocks (derived). */
  FREE_UNITS: 7,
  /** Internal locks: 0 or the owner word of the holder. */
  HEAP_LOCK: 8,
  OBJECT_LOCK: 9,
  /** Highest participant slot ever used; grows only. */
  HIGH_SLOT: 10,
  /** Highest object index ever used; grows only, under OBJECT_LOCK. */
  HIGH_OBJECT: 11,
  /** First free object entry (derived). */
  FREE_OBJECT: 12,
  /** Owner word of the main program. */
  MAIN: 13,
  /** Objects that live (derived). */
  LIVE_OBJECTS: 14,
  /** Number of the last collection that was begun (collector.ts). */
  EPOCH: 15,
  /** 0, or the owner word of the participant that collects. */
  COLLECTOR: 16,
  /** Objects that nobody holds, but a message may carry: found since the last collection began, at least. */
  CANDIDATES: 17,
  /** Participants that died in the middle of a passage (Participant.IN_TRANSIT), since the counts were last put right. */
  RECOUNT: 18,
  /** Counts calls for memory: whoever hears of one collects its garbage. */
  PRESSURE: 19,
  /** Two sets of free lists (FREE, VIRGIN): first-level bitmap, second-level bitmaps, heads. */
  FREE_LISTS: 64,
} as const;

/** Free lists: blocks by size, 8 steps to each power of two. */
export const LIST_STEPS = 8;
export const LIST_STEP_BITS = 3;
export const LIST_LEVELS = 31;
export const LISTS_WORDS = 1 + LIST_LEVELS + LIST_LEVELS * LIST_STEPS;

export const HEADER_BYTES = 16 * 1024;

/** An owner word is (generation << 10) | slot; slot 0 is never used, so that 0 means nobody. 31 bits: the sign is for those who keep owner words. */
export const SLOT_BITS = 10;
export const MAX_SLOTS = 1 << SLOT_BITS;
export const SLOT_MASK = MAX_SLOTS - 1;
export const GENERATION_MASK = 0x1fffff;

export const PARTICIPANTS_WORD = HEADER_BYTES / WORD_BYTES;
export const PARTICIPANT_WORDS = 32;
/** Words of a participant's slot. */
export const Participant = {
  /** 0 = the slot is free; else who answers for it: its claimer, later its cleaner. */
  CLAIM: 0,
  STATE: 1,
  GENERATION: 2,
  PID: 3,
  /** Owner word of the parent, 0 for the main program. */
  PARENT: 4,
  /** 1 = a byte is in its doorbell, or a waker died before writing it, or it is awake and was rung; 2 = it is awake (wakeup/doorbells.ts). */
  RUNG: 5,
  /** Heap blocks that name it as owner, at most: raised before, lowered after. */
  OWNED_BLOCKS: 6,
  /** STARTING: the heap block with what the child shall do; 0 = not there yet, or taken. */
  START: 7,
  /** Not 0: this participant is raising or lowering what is counted of messages' passengers. Written by itself only. */
  IN_TRANSIT: 8,
  /** A SpareState: a process that waits to be given its work is nobody yet. Set by the parent before the slot is published, and taken back by it. */
  SPARE: 9,
  /** 1 = it ends with its parent. Written by the parent: before it comes up, and when a spare gets its work. */
  DAEMONIC: 10,
  /** Whether others may connect to this participant for descriptors that it keeps: see KeeperState. */
  KEEPER: 11,
} as const;

export const SpareState = {
  /** Somebody: it has work, or will get it at its start. */
  NONE: 0,
  /** Not up yet. */
  BOOTING: 1,
  /** Its modules are loaded. Stored by itself, by compare-and-swap: it may have been taken meanwhile. */
  READY: 2,
} as const;

export const ParticipantState = {
  /** Also the state of a slot that is being claimed or cleaned. */
  DEAD: 0,
  /** Claimed for a child that has not come up yet. */
  STARTING: 1,
  ALIVE: 2,
} as const;

export const KeeperState = {
  NONE: 0,
  /** A child wants it, for the time after its own end. */
  WANTED: 1,
  /** Its socket is there. */
  OPEN: 2,
} as const;

export const MAX_OBJECTS = 1 << 18;
export const OBJECTS_WORD = (256 * 1024) / WORD_BYTES;
export const OBJECT_WORDS = 8;
/** Words of an entry of the object table. */
export const ObjectEntry = {
  STATE: 0,
  GENERATION: 1,
  KIND: 2,
  /** Address (unit) of the object's block. */
  BLOCK: 3,
  /** Undelivered messages that carry it. Raised before publishing, lowered after the receiver holds it: a crash leaves it too high, never too low. */
  IN_FLIGHT: 4,
  /** Counts grants and sendings: a scan of the hold rows that finds it changed has proved nothing. */
  ACTIVITY: 5,
  /** The last collection (EPOCH) in which somebody is known to need it. */
  MARK: 6,
  NEXT_FREE: 7,
} as const;

/** Any other value of STATE is the owner word of the participant that destroys the object. */
export const ObjectState = { FREE: 0, LIVE: 1 } as const;

export const HOLDS_WORD = (16 * 1024 * 1024) / WORD_BYTES;
export const HOLD_ROW_WORDS = MAX_OBJECTS / 32;

export const HEAP_START_BYTES = 48 * 1024 * 1024;
export const HEAP_START = HEAP_START_BYTES / UNIT_BYTES;

/** Words of a block's header; the payload follows. */
export const Block = {
  STATE: 0,
  /** In units, the header included. */
  SIZE: 1,
  /** Owner word of who answers for the block while no object does; 0 = the object named by LINK. */
  OWNER: 2,
  /** Size of the block before, 0 at the start of a segment (derived). */
  PREVIOUS_SIZE: 3,
  /** USED: what the block belongs to, an object index + 1, and where in it. FREE and VIRGIN: neighbours in the free list. */
  LINK: 4,
  LINK_POSITION: 5,
  NEXT_FREE: 4,
  PREVIOUS_FREE: 5,
  /** Payload bytes asked for. */
  LENGTH_LOW: 6,
  LENGTH_HIGH: 7,
} as const;
export const BLOCK_HEADER_WORDS = 8;
export const BLOCK_HEADER_BYTES = BLOCK_HEADER_WORDS * WORD_BYTES;

export const BlockState = {
  /** Free, its pages are ours. */
  FREE: 1,
  /** Free, its pages are not taken from the system. */
  VIRGIN: 2,
  USED: 3,
  /** Its pages are being taken or given back by OWNER. */
  PENDING: 4,
} as const;
