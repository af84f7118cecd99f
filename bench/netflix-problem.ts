/** Generated ratings in the shape of the Netflix prize as files. In: how many. Out: a training and a test file, written without being held. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { NetflixRatings, USERS } from './generated/netflix.js';

export interface Counts {
  readonly train: number;
  readonly test: number;
}

/** Writes both files, with a header. */
export async function writeNetflix(ratings: number, trainFile: string, testFile: string): Promise<Counts> {
  const files = { train: new RatingWriter(trainFile), test: new RatingWriter(testFile) };
  const generated = new NetflixRatings(ratings);
  for (let user = 0; user < USERS; user++) {
    const { count, items, ratings: given, isTest } = generated.user(user);
    for (let k = 0; k < count; k++) await (isTest[k] ? files.test : files.train).write(user, items[k], given[k]);
  }
  return { train: await files.train.end(), test: await files.test.end() };
}

const CHARACTERS_A_WRITE = 2 ** 20;

/** A CSV of ratings, written in pieces. */
class RatingWriter {
  readonly #out: WriteStream;
  #text = 'user,item,rating\n';
  #count = 0;

  constructor(file: string) {
    this.#out = createWriteStream(file);
  }

  /** Ids count from 1. Waits where the disk is behind. */
  write(user: number, item: number, rating: number): Promise<unknown> | undefined {
    this.#text += `${user + 1},${item + 1},${rating}\n`;
    this.#count++;
    return this.#text.length < CHARACTERS_A_WRITE ? undefined : this.#flush();
  }

  /** The number of ratings, once they are in the file. */
  async end(): Promise<number> {
    this.#out.end(this.#text);
    await once(this.#out, 'finish');
    return this.#count;
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (!this.#out.write(text)) await once(this.#out, 'drain');
  }
}
