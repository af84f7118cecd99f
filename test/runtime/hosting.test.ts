import { describe, expect, it } from 'vitest';
import type { Member } from '../../src/runtime/cluster.js';
import { Hosting } from '../../src/runtime/hosting.js';
import { FakeLink } from './fake-link.js';

const cpu = (name: string): Member => ({ name, kind: 'wasm', software: false, adapter: `the CPU of ${name}`, link: new FakeLink() });
const gpu = (name: string, adapter = 'H200'): Member => ({ ...cpu(name), kind: 'webgpu', adapter });
const shardsOf = (hosting: Hosting) => Object.fromEntries(hosting.seats.map(({ member, shards }) => [member.name, shards]));
const gone = (hosting: Hosting, name: string) => {
  hosting.seats.find(({ member }) => member.name === name)!.state = 'gone';
};

describe('Hosting', () => {
  it('gives the shards of who is gone to the others, and moves no other one', () => {
    const hosting = new Hosting(['a', 'b', 'c'].map(cpu), 6, false);
    gone(hosting, 'b');
    hosting.replace();
    expect(shardsOf(hosting)).toEqual({ a: [0, 1, 2], b: [], c: [3, 4, 5] });
    expect([0, 2, 3].map((shard) => hosting.hostOf(shard)!.member.name)).toEqual(['a', 'a', 'c']);
  });

  it('gives a newcomer its share, and is even then', () => {
    const hosting = new Hosting([cpu('a')], 4, false);
    expect(hosting.isUneven()).toBe(false);
    hosting.join(cpu('b'));
    expect(hosting.isUneven()).toBe(true);
    hosting.replace();
    expect(shardsOf(hosting)).toEqual({ a: [0, 1], b: [2, 3] });
    expect(hosting.isUneven()).toBe(false);
  });

  it('takes all shards from who leaves', () => {
    const hosting = new Hosting(['a', 'b'].map(cpu), 4, false);
    const [leaver] = hosting.seats;
    leaver.state = 'leaving';
    hosting.replace();
    expect(shardsOf(hosting)).toEqual({ a: [], b: [0, 1, 2, 3] });
  });

  it('keeps who would like to leave while there is nobody else', () => {
    const hosting = new Hosting(['a', 'b'].map(cpu), 4, false);
    hosting.seats[0].state = 'leaving';
    gone(hosting, 'b');
    expect(hosting.missingKind).toBeNull();
    hosting.replace();
    expect(shardsOf(hosting)).toEqual({ a: [0, 1, 2, 3], b: [] });
    hosting.join(cpu('c'));
    expect(hosting.isUneven()).toBe(true);
    hosting.replace();
    expect(shardsOf(hosting)).toEqual({ a: [], b: [], c: [0, 1, 2, 3] });
  });

  it('forgets what was open where it is no more', () => {
    const hosting = new Hosting([cpu('a')], 4, false);
    const [seat] = hosting.seats;
    for (const shard of seat.shards) seat.open.add(shard);
    hosting.join(cpu('b'));
    hosting.replace();
    expect([...seat.open]).toEqual([0, 1]);
  });

  it('keeps shards on their kind of engine, and says which kind is missing', () => {
    const hosting = new Hosting([gpu('g'), cpu('c')], 8, false);
    const before = shardsOf(hosting)['c'];
    gone(hosting, 'g');
    expect(hosting.missingKind).toBe('webgpu on H200');
    hosting.join(gpu('other', 'another GPU'));
    hosting.join(cpu('d'));
    expect(hosting.missingKind).toBe('webgpu on H200');
    hosting.join(gpu('again'));
    expect(hosting.missingKind).toBeNull();
    hosting.replace();
    const { c, d, other, again } = shardsOf(hosting);
    expect([...c!, ...d!].sort()).toEqual(before);
    expect(other).toEqual([]);
    expect(again!.length).toBe(8 - before!.length);
  });

  it('lets shards go anywhere where the user allows it', () => {
    const hosting = new Hosting([gpu('g'), cpu('c')], 8, true);
    gone(hosting, 'g');
    expect([hosting.missingKind, hosting.hasChangedEngine]).toEqual([null, false]);
    hosting.replace();
    expect(hosting.hasChangedEngine).toBe(true);
    expect(shardsOf(hosting)).toEqual({ g: [], c: [0, 1, 2, 3, 4, 5, 6, 7] });
    gone(hosting, 'c');
    expect(hosting.missingKind).toBe('any');
  });
});
