// Not a command: the bundle that `btfly index` runs in threads to read modules.
import { serveModules } from '../../index/moduleworker.ts';

serveModules();
