/** What every problem comes to where nothing happens: in one process, which no fault can separate. */
import { join } from 'node:path';
import { Command } from './command.js';
import type { Problem } from './problems.js';

export interface Reference {
  /** Folder of the model. */
  readonly model: string;
  /** Tasks that the run consists of. */
  readonly tasks: number;
}

/** The last event of a training, as far as it is looked at. */
interface Done {
  readonly event: string;
  readonly shards: number;
  readonly byWorker: readonly { readonly pushes: number }[];
}

export class References {
  readonly #made = new Map<Problem, Promise<Reference>>();

  /** `place`: folder with the data. */
  constructor(private readonly place: string) {}

  of(problem: Problem): Promise<Reference> {
    const made = this.#made.get(problem) ?? this.#make(problem, `undisturbed-${this.#made.size}`);
    this.#made.set(problem, made);
    return made;
  }

  async #make({ model, words }: Problem, out: string): Promise<Reference> {
    const command = new Command(this.place, ['train', model, ...words, '--workers', 'wasm:1', '--out', out, '--json']);
    const { code } = await command.ended;
    const last = command.lines.at(-1) ?? '';
    if (code !== 0) throw new Error(`strads train ${model} ${words.join(' ')} ended with ${code}: ${last}`);
    const { shards, byWorker } = JSON.parse(command.lines.findLast((line) => line.startsWith('{"event":"done"'))!) as Done;
    return { model: join(this.place, out), tasks: byWorker[0]!.pushes / shards };
  }
}
