/** Options of a model as its schema took them. In: the model's class and what the schema found. Out: the options, or a UsageError in a sentence. */
import type { z } from 'zod';
import { UsageError } from '../src/runtime/worker-request.js';

export function parsedOptions<Options>(model: string, result: z.ZodSafeParseResult<Options>): Options {
  if (result.success) return result.data;
  throw new UsageError(`${model}: ${result.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ')}`);
}
