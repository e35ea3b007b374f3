// What a search says that found nothing.
import type { Answer } from './question.ts';

/** @param types that were asked for: where one is no pointer, most often the pointer was meant */
export function nothingFound(answer: Answer, message: string, types: readonly (string | undefined)[]): Answer {
  const hints = types.filter((type) => type !== undefined && !/[*[]/.test(type)).map((type) => `HINT: pointers to it are '${type} *'`);
  return { ...answer, status: 1, complaints: [message, ...hints] };
}
