/** A module that other processes cannot import. */
import { parentProcess } from 'multiproc';

if (parentProcess() !== null) throw new Error('this module is for the program itself');

export function onlyHere(): void {}
