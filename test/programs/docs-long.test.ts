/** The programs of the long pages of docs/. */
import { testPrograms } from './doc_programs.js';
import { LONG_PAGES } from './long_pages.js';

testPrograms(LONG_PAGES);
