import { event } from './event.mjs';
import { index } from './index.mjs';
import { insns } from './insns.mjs';
import { start } from './start.mjs';

export const parts = { start, index, insns, event };
