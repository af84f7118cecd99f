import { describe, expect, it } from 'vitest';
import type { Hello } from '../../src/bus/link.js';
import type { Member } from '../../src/runtime/cluster.js';
import { frame, Verb } from '../../src/runtime/protocol.js';
import { Roster, type RosterOptions } from '../../src/runtime/roster.js';
import { VERSION } from '../../src/version.js';
import { FakeLink } from './fake-link.js';

const hello = (name: string, facts: Record<string, unknown> = {}): Hello => ({ name, facts: { version: VERSION, engine: 'wasm', adapter: 'a CPU', software: false, origin: Buffer.from(name).toString('hex'), ...facts } });
const LOCAL = { origin: undefined };

/** What the cluster was told, in order. */
class Crew {
  readonly told: string[] = [];

  constructor(readonly members: readonly Member[]) {}

  admit({ name }: Member): void {
    this.told.push(`admit ${name}`);
  }

  lost(name: string, message: string): void {
    this.told.push(`lost ${name}: ${message}`);
  }

  fail({ message }: Error): void {
    this.told.push(`fail ${message}`);
  }
}

function made(options: Partial<RosterOptions> = {}) {
  const ended: string[] = [];
  const notices: string[] = [];
  const roster = new Roster({ local: [], guests: 1, ended: (name) => ended.push(name), notice: (sentence) => notices.push(sentence), ...options });
  const join = (name: string, facts: Record<string, unknown> = {}): FakeLink => {
    expect(roster.refusal(hello(name, facts))).toBeNull();
    const link = new FakeLink(name);
    roster.join(link, hello(name, facts), '127.0.0.1');
    return link;
  };
  return { roster, ended, notices, join };
}

const isComplete = async ({ complete }: Roster) => Promise.race([complete.then(() => true), new Promise((resolve) => setImmediate(() => resolve(false)))]);

const begun = (roster: Roster) => roster.begin((members) => new Crew(members));

describe('a roster', () => {
  it('waits for those that are started here and for a number of others, whoever comes first', async () => {
    const { roster, join } = made({ local: ['wasm-0', 'wasm-1'], guests: 2 });
    join('z');
    join('wasm-1', LOCAL);
    join('b', { engine: 'webgpu' });
    join('a');
    expect(await isComplete(roster)).toBe(false);
    join('wasm-0', LOCAL);
    expect(await isComplete(roster)).toBe(true);
    expect(begun(roster).members.map(({ name }) => name)).toEqual(['wasm-0', 'wasm-1', 'a', 'z', 'b']);
  });

  it('goes on waiting when one of them is lost before the run begins', async () => {
    const { roster, join, ended } = made({ guests: 2 });
    join('a').lose();
    join('b');
    expect([await isComplete(roster), ended]).toEqual([false, ['a']]);
    join('a', { origin: 'f00d' });
    expect(await isComplete(roster)).toBe(true);
  });

  it('rejects when nobody can come any more', async () => {
    const { roster } = made();
    roster.fail(new Error('no one'));
    await expect(roster.complete).rejects.toThrow('no one');
  });

  it('hands newcomers to the cluster, which tells of them, at any time', () => {
    const { roster, join, notices } = made({ local: ['wasm-0'] });
    join('wasm-0', LOCAL);
    join('a');
    const crew = begun(roster);
    join('b', { engine: 'webgpu', adapter: 'a GPU' });
    expect(roster.refusal(hello('wasm-0', LOCAL))).toBe('a worker named wasm-0 has joined already: choose another --name');
    roster.gone('wasm-0', 'it died');
    join('wasm-0', LOCAL);
    expect(crew.told).toEqual(['admit b', 'lost wasm-0: it died', 'admit wasm-0']);
    expect(notices).toEqual(['worker a (wasm on a CPU) joins the run']);
    expect(roster.members.map(({ name }) => name)).toEqual(['wasm-0', 'a', 'b']);
  });

  it('tells the cluster of those who came and went before it was there', () => {
    const { roster, join } = made({ local: ['wasm-0', 'wasm-1'], guests: 0 });
    join('wasm-0', LOCAL);
    join('wasm-1', LOCAL);
    join('a');
    roster.gone('wasm-1', 'it died');
    roster.gone('wasm-0', 'it died');
    join('wasm-1', LOCAL);
    const crew = begun(roster);
    expect(crew.members.map(({ name }) => name)).toEqual(['wasm-0', 'wasm-1']);
    expect(crew.told).toEqual(['lost wasm-0: it died', 'admit a']);
  });

  it('tells the cluster once of a death that it was told of, and leaves the end of a link to the link', () => {
    const { roster, join, ended } = made({ guests: 2 });
    const [, b] = [join('a'), join('b')];
    const crew = begun(roster);
    roster.gone('a', 'it died');
    roster.gone('a', 'it died again');
    const heard: string[] = [];
    crew.members[1]!.link.onClose = ({ message }) => heard.push(message);
    b.lose('silent');
    roster.gone('b', 'killed');
    roster.gone('nobody', 'never was');
    expect(crew.told).toEqual(['lost a: it died']);
    expect([heard, ended]).toEqual([['silent'], ['b']]);
  });

  it('hears of the end of a member that the cluster gives up, however silent that is', () => {
    const { roster, join, ended } = made();
    const link = join('a');
    const crew = begun(roster);
    void crew.members[0]!.link.close();
    expect([link.closes, ended]).toEqual([1, ['a']]);
    expect(roster.canGoOn).toBe(false);
  });

  it('knows whether somebody is left', () => {
    const { roster, join } = made();
    expect(roster.canGoOn).toBe(false);
    const link = join('a');
    begun(roster);
    expect(roster.canGoOn).toBe(true);
    link.lose();
    expect(roster.canGoOn).toBe(false);
  });

  it('lets a worker go that is asked to leave before the run begins', () => {
    const { roster, join, ended } = made({ guests: 2 });
    const link = join('a');
    link.onFrame(frame(Verb.Leaving, { round: 0, task: 0 }, []));
    expect([link.closes, ended]).toEqual([1, ['a']]);
    expect(roster.refusal(hello('a', { origin: 'f00d' }))).toBeNull();
  });
});

describe('a name', () => {
  it('belongs to one worker at a time', () => {
    const { roster, join } = made();
    const link = join('a');
    const another = hello('a', { origin: 'f00d' });
    expect(roster.refusal(another)).toBe('a worker named a has joined already: choose another --name');
    link.lose();
    expect(roster.refusal(another)).toBeNull();
  });

  it('passes at once to whoever was started in place of its worker', () => {
    const { roster, join } = made();
    const first = join('a');
    const crew = begun(roster);
    join('a');
    expect(crew.told).toEqual(['lost a: it was started again', 'admit a']);
    const heard: string[] = [];
    crew.members[0]!.link.onClose = ({ message }) => heard.push(message);
    first.lose('late');
    expect(heard).toEqual(['late']);
    expect(roster.canGoOn).toBe(true);
  });

  it('of a worker that is started here is nobody else’s', () => {
    const { roster } = made({ local: ['wasm-0'] });
    expect(roster.refusal(hello('wasm-0'))).toBe('wasm-0 is the name of a worker that the scheduler starts itself: choose another --name');
    expect(roster.refusal(hello('wasm-0', LOCAL))).toBeNull();
  });

  it('is of no use in another version', () => {
    expect(made().roster.refusal(hello('a', { version: '0.0.9' }))).toBe(`worker a is strads 0.0.9 and this scheduler is ${VERSION}: install the same version on both`);
  });
});
