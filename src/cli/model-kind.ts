/** Which kind of model a folder holds. In: the folder, and what a command is for. Out: nothing, or an error that says what to use. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../runtime/worker-request.js';

/** By the `format` in model.json. */
const KINDS = {
  'strads-lasso': { name: 'a Lasso', commands: 'strads predict' },
  'strads-mf': { name: 'a matrix factorization', commands: 'strads recommend, strads similar or strads predict' },
  'strads-lda': { name: 'a topic model', commands: 'strads topics or strads infer' },
} as const;

export type ModelKind = keyof typeof KINDS;

/** UsageError when the folder holds a model of another kind; what is wrong with a folder otherwise is for those who load it. */
export async function assertKind(folder: string, wanted: readonly ModelKind[], command: string): Promise<void> {
  const found = await formatOf(join(folder, 'model.json'));
  if (!isKind(found) || wanted.includes(found)) return;
  const { name, commands } = KINDS[found];
  throw new UsageError(`${folder}: holds ${name}, and ${command} takes ${wanted.map((kind) => KINDS[kind].name).join(' or ')}: use ${commands}, or give another folder`);
}

function isKind(format: unknown): format is ModelKind {
  return typeof format === 'string' && Object.hasOwn(KINDS, format);
}

async function formatOf(file: string): Promise<unknown> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { format?: unknown } | null)?.format;
  } catch {
    return undefined;
  }
}
