/** Files of a saved model. In: a path, and the schema of what is in it. Out: its bytes, or what it says, checked. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { DataError } from '../src/data/dataset.js';
import { shown } from '../src/data/number.js';

/** DataError for a file that is not there or can't be read. */
export async function readModelFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new DataError(missing ? `${file}: not found: give the folder that strads train --out wrote` : `${file}: can't be read: ${message}`);
  }
}

/** Of all that is wrong, a message says this much. */
const MOST_CHARACTERS = 1000;

/** `kind`: what the file should describe, as in "Lasso model that this version reads". DataError for what does not follow the schema. */
export async function readModelJson<Schema extends z.ZodType>(file: string, schema: Schema, kind: string): Promise<z.infer<Schema>> {
  const parsed = schema.safeParse(parsedJson((await readModelFile(file)).toString('utf8'), file));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message.replace('undefined', 'nothing')}`).join('; ');
  throw new DataError(`${file}: not a ${kind}: ${shown(problems, MOST_CHARACTERS)}. Train it again, or use the strads that wrote it`);
}

function parsedJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataError(`${file}: not valid JSON (${shown((error as Error).message)}): the model is damaged; train it again`);
  }
}
