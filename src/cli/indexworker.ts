// The entry of the threads that read modules; index/moduleloader.ts starts them.
import { serveModules } from '../index/moduleworker.ts';

serveModules();
