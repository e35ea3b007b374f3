// The passes over the IR, in order.
import type { Module } from '../ir/ir.ts';

export function optimize(module: Module): Module {
  return module;
}
