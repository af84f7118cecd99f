/**
 * The flags that a command was given, as they were written, and what the command says of each. Which of them decide the bits of a model: those
 * that say what is read, fitted and how; not those about workers, output and checkpoints.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command, Option } from 'commander';
import { escapePath, isDynamicPattern } from 'tinyglobby';

export interface GivenFlag {
  readonly option: Option;
  /** Null for a flag that takes none. */
  readonly value: string | null;
}

/** Filled when the command is parsed. To be called when it has all its options. */
export function givenFlags(command: Command): readonly GivenFlag[] {
  const given: GivenFlag[] = [];
  for (const option of command.options) command.on(`option:${option.name()}`, (value: string | null | undefined) => given.push({ option, value: value ?? null }));
  return given;
}

const FREE_GROUPS: readonly (string | undefined)[] = ['Workers:', 'Output:', 'Checkpoints:'];

export function decidesBits({ helpGroupHeading }: Option): boolean {
  return !FREE_GROUPS.includes(helpGroupHeading);
}

/** "<file>", "<glob or folder>", "<language or file>" */
const PATH = /<[^>]*\b(file|folder|glob)\b[^>]*>/;
const LANGUAGE = /^[a-z]{2}$/;

/** The path that a flag names, from the root; null where it names none. */
export function pathOf({ option: { flags }, value }: GivenFlag): string | null {
  if (value === null || !PATH.test(flags) || (flags.includes('<language') && LANGUAGE.test(value))) return null;
  // What comes before a relative glob is none.
  return isDynamicPattern(value) && !existsSync(value) ? join(escapePath(process.cwd()), value) : resolve(value);
}

/** As words of a command line. */
export function wordsOf({ option, value }: GivenFlag): string[] {
  return value === null ? [option.long!] : [option.long!, value];
}

/** As words of a command line that means the same in any folder. */
export function placedWordsOf(flag: GivenFlag): string[] {
  return wordsOf({ ...flag, value: pathOf(flag) ?? flag.value });
}
