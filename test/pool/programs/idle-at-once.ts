import { isMain, Pool } from 'multiproc';

if (isMain(import.meta)) new Pool(2);
