/**
 * Fuzzing: inputs that nobody would write, made from ones that somebody did. What came of them is printed; the exit code is 1 where
 * something was found, 2 for flags that make no sense.
 *
 *   npm run fuzz -- <subject> [flags]        (--help)
 */
import { UsageError } from '../../src/runtime/worker-request.js';
import { readers } from './readers/subject.js';
import type { Subject } from './subject.js';
import { wire } from './wire/subject.js';

const SUBJECTS: readonly Subject[] = [readers, wire];

try {
  const [name, ...flags] = process.argv.slice(2);
  if (name === undefined || name === '--help' || flags.includes('--help')) process.stdout.write(help());
  else process.exitCode = (await subjectOf(name).run(flags)) > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`fuzz: ${error.message}\n`);
  process.exitCode = 2;
}

function subjectOf(name: string): Subject {
  const subject = SUBJECTS.find((known) => known.name === name);
  if (subject === undefined) throw new UsageError(`found subject "${name}", expected ${SUBJECTS.map((known) => known.name).join(' or ')}: name one of these`);
  return subject;
}

function help(): string {
  const subjects = SUBJECTS.map(({ name, about, flags }) => [`${name}: ${about}`, ...flags.map((flag) => `  ${flag}`)].join('\n'));
  return `Usage: npm run fuzz -- <subject> [flags]\n\n${subjects.join('\n\n')}\n`;
}
