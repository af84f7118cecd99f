/** What the library says of an option, as the user of a command knows it: "--dependency-threshold" for "dependencyThreshold". */
import { UsageError } from '../runtime/worker-request.js';

/** Runs `parse`; a UsageError that it throws ("Lasso: dependencyThreshold: …") comes out naming flags ("--dependency-threshold: …"). */
export function namingFlags<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(withFlagNames(error.message)) : error;
  }
}

function withFlagNames(message: string): string {
  return message.replace(/^[A-Z]\w*: /, '').replace(/(^|; )([a-z]\w*): /g, (_, before: string, name: string) => `${before}--${name.replace(/([A-Z])/g, (letter) => `-${letter.toLowerCase()}`)}: `);
}
