/**
 * A training whose workers are commands of their own, as on other machines, and whose lines are listened in to. In: what is trained, how many
 * workers, how often links say that they are alive. Out: a run that faults can be done to, and the model that it comes to all the same.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Verb } from '../../src/runtime/protocol.js';
import { Command } from './command.js';
import type { Problem } from './problems.js';
import type { Header, Mark } from './scanner.js';
import { smallDisk } from './small-disk.js';
import { isLater, Wiretap } from './wiretap.js';

export interface Setting {
  readonly problem: Problem;
  /** Folder with the data and the token. */
  readonly place: string;
  /** Name of the run's own folder in it, for its model and its checkpoints. */
  readonly name: string;
  /** From elsewhere, that the run begins with; 0 for workers that the scheduler starts. */
  readonly guests: number;
  /** Processes that the scheduler starts. */
  readonly local: number;
  readonly heartbeat: number;
  /** Whether blocks go from worker to worker directly. */
  readonly isDirect: boolean;
  /** Address at which the scheduler listens. */
  readonly host: string;
  /** The checkpoints have a small disk of their own. */
  readonly hasSmallDisk: boolean;
}

/** A worker from elsewhere and its line to the scheduler. */
export interface Guest {
  readonly command: Command;
  readonly tap: Wiretap;
}

const CHECKPOINT_SECONDS = 0.05;
/** Of a scheduler that fails, these are told. */
const LAST_LINES = 20;

export class Stage {
  readonly guests: Guest[] = [];
  /** Everything that schedulers of this run have said. */
  readonly said: string[] = [];
  /** Lets a fault do something to the checkpoints of a scheduler that is dead. */
  beforeResume: (() => Promise<void>) | null = null;
  /** What is to be taken away when the run is over. */
  readonly afterwards: (() => Promise<void>)[] = [];
  scheduler!: Command;
  readonly setting: Setting;
  readonly #port: number;
  #isCrashed = false;
  /** When the fault struck, ms, and which task had passed last by then. */
  #struck: { readonly at: number; readonly last: Header | null } | null = null;
  #lastTask: Header | null = null;
  #recovered: number | null = null;

  private constructor(setting: Setting, port: number) {
    this.setting = setting;
    this.#port = port;
  }

  /** The scheduler listens; its workers are about to come. */
  static async open(setting: Setting): Promise<Stage> {
    await mkdir(join(setting.place, setting.name), { recursive: true });
    const stage = new Stage(setting, await freePort());
    if (setting.hasSmallDisk) stage.afterwards.push(await smallDisk(stage.checkpoints));
    stage.#start(false);
    return stage;
  }

  get checkpoints(): string {
    return join(this.setting.place, this.setting.name, 'ckpt');
  }

  get model(): string {
    return join(this.setting.place, this.setting.name, 'model');
  }

  /** From the fault until a task was done after it that the fault had stopped, s; null where nothing had to be done again. */
  get recovered(): number | null {
    return this.#recovered;
  }

  async manifests(): Promise<string[]> {
    const names = await readdir(this.checkpoints).catch(() => []);
    return names.filter((name) => name.startsWith('checkpoint-')).sort();
  }

  /** A worker comes from elsewhere. */
  async join(name: string, { wrapper = [], url }: { readonly wrapper?: readonly string[]; readonly url?: string } = {}): Promise<Guest> {
    const tap = await Wiretap.open(() => this.#port);
    tap.onMark = (mark) => this.#watch(mark);
    const direct = this.setting.isDirect ? ['--peer-listen', '127.0.0.1:0'] : [];
    const words = ['worker', '--connect', url ?? `ws://127.0.0.1:${tap.port}`, '--token-file', 'token', '--engine', 'wasm', '--name', name, '--patience', '60', ...direct];
    const guest = { command: new Command(this.setting.place, words, wrapper), tap };
    this.guests.push(guest);
    return guest;
  }

  get port(): number {
    return this.#port;
  }

  /** Now. Recovery is counted from here. */
  strike(): void {
    this.#struck ??= { at: performance.now(), last: this.#lastTask };
  }

  /** The scheduler dies at once, and every connection with it; it is started again, to go on from its checkpoints. */
  crash(): void {
    this.strike();
    this.#isCrashed = true;
    this.scheduler.kill();
    for (const { tap } of this.guests) tap.cut();
  }

  /** Resolves to why the run did not end well; null where it did. */
  async end(): Promise<string | null> {
    for (;;) {
      const { code, signal } = await this.scheduler.ended;
      this.said.push(...this.scheduler.lines);
      if (code === 0) return null;
      if (!this.#isCrashed) return `the scheduler ended with ${signal ?? `exit code ${code}`}: ${this.scheduler.lines.slice(-LAST_LINES).join('\n  ')}`;
      this.#isCrashed = false;
      await this.beforeResume?.();
      this.#start((await this.manifests()).length > 0);
    }
  }

  async close(): Promise<void> {
    this.scheduler.kill();
    await this.scheduler.ended;
    for (const { command, tap } of this.guests) {
      command.kill();
      tap.close();
    }
    for (const each of this.afterwards) await each();
  }

  #start(isResumed: boolean): void {
    const { problem, place, name, guests, local, heartbeat, host } = this.setting;
    const elsewhere = guests === 0 ? [] : ['--listen', `${host}:${this.#port}`, '--expect', String(guests), '--token-file', 'token'];
    const workers = local === 0 ? ['--workers', '0'] : ['--workers', String(local), '--isolate', 'process'];
    const fresh = [...problem.words, '--engine', 'wasm', ...workers, ...elsewhere, '--heartbeat', String(heartbeat), '--checkpoint', `${name}/ckpt`, '--checkpoint-every', `${CHECKPOINT_SECONDS}s`, '--out', `${name}/model`, '--json'];
    this.scheduler = new Command(place, ['train', problem.model, ...(isResumed ? ['--resume', `${name}/ckpt`] : fresh)]);
  }

  #watch({ edge, header }: Mark): void {
    if (edge !== 'begin') return;
    if (header.kind === Verb.Task) this.#lastTask = header;
    if (header.kind === Verb.Pushed && this.#struck && this.#recovered === null && isLater(header, this.#struck.last)) this.#recovered = (performance.now() - this.#struck.at) / 1000;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
