import { catalog } from './catalog.mjs';
import { event } from './event.mjs';
import { headers } from './headers.mjs';
import { index } from './index.mjs';
import { insns } from './insns.mjs';
import { library } from './library.mjs';
import { questions } from './questions.mjs';
import { start } from './start.mjs';

export const parts = { start, index, catalog, questions, library, headers, insns, event };
