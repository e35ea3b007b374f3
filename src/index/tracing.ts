// What a tracefs tree tells, of the running kernel or copied from another: events with their formats, functions that ftrace can attach to.
import { createHash } from 'node:crypto';
import type { KernelFs } from '../base/kernelfs.ts';
import { listEvents, readEvents, readTraceableFunctions } from '../source/tracefs/tracefs.ts';
import type { Step } from './kernelindex.ts';
import { eventsMerging, traceableMerging } from './steps.ts';

/**
 * @param root the tree's place in `fs`
 * @param origin the same for people
 * @param modules names of the modules that are loaded: with others ftrace lists other functions
 */
export function tracingSteps(fs: KernelFs, root: string, origin: string, modules: string): readonly Step[] {
  const names = listEvents(fs, root);
  return [{
    kind: 'tracefs', origin: `${origin}/events`, stamp: null, digest: digestOf(names.map((each) => `${each.system}:${each.name}`).join('\n')),
    load: () => eventsMerging([...readEvents(fs, root, names)]),
  }, {
    kind: 'functions', origin: `${origin}/available_filter_functions`, stamp: null, digest: digestOf(modules),
    load: () => {
      const functions = readTraceableFunctions(fs, root);
      return functions === undefined ? undefined : traceableMerging(functions);
    },
  }];
}

/** '' for nothing: what belongs to the build. */
export function digestOf(text: string): string {
  return text === '' ? '' : createHash('sha1').update(text).digest('hex');
}
