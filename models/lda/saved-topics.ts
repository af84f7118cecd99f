/** The table of topics of a saved model. In: topics.tsv, and what the other files say of the topics. Out: the coherence of each topic, which stands nowhere else. */
import { DataError } from '../../src/data/dataset.js';
import { quoted } from '../../src/data/number.js';
import { readModelFile } from '../model-file.js';
import { REPAIR, TOPIC_COLUMNS, type LdaContent } from './files.js';

/** NaN for a topic without coherence. DataError for a table of another model, and for one that was changed so that it does not say what the model says. */
export async function readCoherences(file: string, model: Pick<LdaContent, 'priors' | 'totals'>): Promise<Float64Array> {
  const [header, ...lines] = (await readModelFile(file)).toString('utf8').split('\n');
  const topics = model.totals.length;
  if (header !== TOPIC_COLUMNS.join('\t')) throw new DataError(`${file}, line 1: found ${quoted(header)}, expected the columns ${TOPIC_COLUMNS.join(', ')} with tabs between them. ${REPAIR}`);
  if (lines.at(-1) !== '' || lines.length !== topics + 1) throw new DataError(`${file}: found ${lines.length - Number(lines.at(-1) === '')} topics${lines.at(-1) === '' ? '' : ', the last without a line end'}, expected ${topics}. ${REPAIR}`);
  return Float64Array.from({ length: topics }, (_, topic) => coherenceIn(lines[topic].split('\t'), topic, file, model));
}

function coherenceIn(fields: readonly string[], topic: number, file: string, { priors, totals }: Pick<LdaContent, 'priors' | 'totals'>): number {
  const expected = [topic, priors.alpha[topic], totals[topic]].map(String);
  const coherence = fields[3] === '' ? NaN : Number(fields[3]);
  const isRight = fields.length === TOPIC_COLUMNS.length && expected.every((field, column) => fields[column] === field) && (fields[3] === '' || Math.abs(coherence) <= 1);
  if (isRight) return coherence;
  throw new DataError(`${file}, line ${topic + 2}: found ${quoted(fields.slice(0, 4).join(' '))}, expected ${expected.join(' ')} (topic, alpha, tokens) and a coherence from -1 to 1 or none. ${REPAIR}`);
}
