/** Sections of a machine's results: merged one by one, written whole. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mergeSection, readResults } from '../../bench/runner/results-file.js';
import type { Section } from '../../bench/runner/result.js';
import { sectionWith } from './sections.js';

const ORDER = ['bricks', 'cars', 'dolls'];

describe('results file', () => {
  let folder: string;
  const merge = (name: string, section: Section) => mergeSection(folder, 'toy-box', name, section, ORDER);
  const file = () => join(folder, 'toy-box.json');

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'strads-results-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('replaces one section and keeps the others with their own commit and command', () => {
    const first = sectionWith({}, { commit: 'one', command: 'npm run bench -- dolls' });
    merge('dolls', first);
    merge('bricks', sectionWith({}, { commit: 'two' }));
    merge('bricks', sectionWith({}, { commit: 'three' }));
    const { sections } = readResults(file());
    expect(Object.keys(sections)).toEqual(['bricks', 'dolls']);
    expect(sections['dolls']).toEqual(first);
    expect(sections['bricks']!.from.commit).toBe('three');
    const text = readFileSync(join(folder, 'toy-box.md'), 'utf8');
    expect(text).toContain('at one');
    expect(text).toContain('at three');
    expect(text).not.toContain('at two');
    expect(text.indexOf('## bricks')).toBeLessThan(text.indexOf('## dolls'));
  });

  it('writes charts beside, and leaves nothing half-written', () => {
    merge('cars', sectionWith({ charts: [{ name: 'cars-time', title: 'Cars', x: { label: 'wheels', log: true }, y: { label: 's', log: true }, series: [{ name: 'red', points: [[1, 2], [10, 30]] }] }] }));
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['toy-box', 'toy-box.json', 'toy-box.md', join('toy-box', 'cars-time.svg')]);
    expect(readFileSync(join(folder, 'toy-box.md'), 'utf8')).toContain('![Cars](toy-box/cars-time.svg)');
  });

  it('writes nothing where the section is not in the format', () => {
    expect(() => merge('cars', sectionWith({ tables: [] }))).toThrow('cars: its results do not fit the format');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['{ "format": 99, "sections": {} }', 'its format is 99, and this runner writes 1'],
    ['{ "format": 1, "sections": { "cars": {} } }', 'its results do not fit the format'],
    ['{ "format": 1, "sect', 'toy-box.json'],
  ])('refuses a file that says %s, and leaves it', (text, sentence) => {
    writeFileSync(file(), text);
    expect(() => merge('cars', sectionWith())).toThrow(sentence);
    expect(readFileSync(file(), 'utf8')).toBe(text);
  });
});
