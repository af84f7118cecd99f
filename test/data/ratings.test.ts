/** Ratings in every shape a file may have, read back as they were written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ids } from '../../src/data/ids.js';
import { countsOf, readRatings, type Ratings, type ReadRatingsOptions } from '../../src/data/ratings.js';
import { FieldScanner, type Separator } from '../../src/data/ratings-fields.js';
import { numberIn } from '../../src/data/ratings-numbers.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

type Triple = [user: string, item: string, rating: number];

const triplesOf = (ratings: Ratings): Triple[] => Array.from({ length: ratings.count }, (_, p) => [ratings.users.of(ratings.userOf[p]), ratings.items.of(ratings.itemOf[p]), ratings.values[p]]);

const read = (text: string | Uint8Array, options: Partial<ReadRatingsOptions> = {}, name = 'ratings'): Promise<Ratings> => readRatings(directory.write(name, text), { duplicates: 'last', ...options });

const THREE: Triple[] = [['1', '10', 4], ['2', '10', 3.5], ['1', '7', -1]];

describe('separators', () => {
  for (const [name, separator] of Object.entries({ commas: ',', tabs: '\t', semicolons: ';', colons: '::', blanks: ' ', 'many blanks': ' \t  ' })) {
    const text = THREE.map((triple) => triple.join(separator)).join('\n');
    it(`${name}, with and without a final line end, with CRLF and a byte-order mark`, async () => {
      for (const variant of [text, `${text}\n`, `${text}\r`, text.replaceAll('\n', '\r\n') + '\r\n', `\ufeff${text}`, `\n# note\n${text}\n\n  # end\n`]) expect(triplesOf(await read(variant))).toEqual(THREE);
    });
    it(`${name}, with times`, async () => {
      const ratings = await read(THREE.map((triple, p) => [...triple, 1_000_000_000 + p].join(separator)).join('\n'), { times: true });
      expect(triplesOf(ratings)).toEqual(THREE);
      expect(ratings.times).toEqual(Float64Array.of(1_000_000_000, 1_000_000_001, 1_000_000_002));
    });
    it(`${name}, with a header`, async () => {
      expect(triplesOf(await read(`user${separator}item${separator}rating\n${text}`))).toEqual(THREE);
    });
    it(`${name}, gzipped under any name`, async () => {
      expect(triplesOf(await readRatings(directory.write('zipped.gz', text), { duplicates: 'last' }))).toEqual(THREE);
      expect(triplesOf(await read(text, {}, 'plain.mtx'))).toEqual(THREE);
    });
  }
  it('blanks around fields and at the ends of lines', async () => {
    expect(triplesOf(await read(' 1 , 10 ,\t4 \n2, 10 , 3.5\t\r\n1,7,-1'))).toEqual(THREE);
    expect(triplesOf(await read('  1 10 4  \n2  10\t3.5\t\r\n1 7 -1'))).toEqual(THREE);
  });
  it('single colons and blanks inside ids', async () => {
    expect(triplesOf(await read('a:b::The Matrix::4\nc::Up, and away::5'))).toEqual([['a:b', 'The Matrix', 4], ['c', 'Up, and away', 5]]);
  });
  it('the one that cuts every line alike, the rarer in ids first', async () => {
    expect(triplesOf(await read('Ann Lee,New York\nBob Ray,Old York'))).toEqual([['Ann Lee', 'New York', 1], ['Bob Ray', 'Old York', 1]]);
    expect(triplesOf(await read('Ann;Up, and away;4\nBob;Down, and out;5'))).toEqual([['Ann', 'Up, and away', 4], ['Bob', 'Down, and out', 5]]);
  });
  it('one line', async () => {
    expect(triplesOf(await read('1,2,3'))).toEqual([['1', '2', 3]]);
  });
});

describe('headers', () => {
  const cases: [text: string, found: Triple[]][] = [
    ['userId,movieId,rating,timestamp\n1,2,3,4', [['1', '2', 3]]],
    ['UserID::MovieID::Rating::Timestamp\n1::2::3::4', [['1', '2', 3]]],
    ['"User-ID";"ISBN";"Book-Rating"\n"276725";"034545104X";"0"', [['276725', '034545104X', 0]]],
    ['rating,item_id,user_id\n3,2,1', [['1', '2', 3]]],
    ['timestamp,score,product,uid\n4,3,2,1', [['1', '2', 3]]],
    ['Id,ProductId,UserId,ProfileName,Score,Time,Text\n9,2,1,Ann,3,4,"so, ""so""\nand so"', [['1', '2', 3]]],
    ['user,artist,plays\nann,Abba,12', [['ann', 'Abba', 12]]],
    ['user,item,how much\nann,Abba,12', [['ann', 'Abba', 12]]],
    ['x,y,z\n1,2,3', [['1', '2', 3]]],
    ['user_id\titem_id\n1\t2', [['1', '2', 1]]],
    ['item,user\n1,2', [['2', '1', 1]]],
    ['user,item,time\n1,2,3', [['1', '2', 1]]],
    ['user,thing\n1,2', [['1', '2', 1]]],
  ];
  for (const [text, found] of cases) it(JSON.stringify(text), async () => expect(triplesOf(await read(text))).toEqual(found));

  it('are told from ratings of ids that are text', async () => {
    expect(triplesOf(await read('ann,bread,4\nbob,milk,5'))).toEqual([['ann', 'bread', 4], ['bob', 'milk', 5]]);
    expect(triplesOf(await read('ann bread\nbob milk'))).toEqual([['ann', 'bread', 1], ['bob', 'milk', 1]]);
  });
});

describe('ids', () => {
  it('are what stands in the file, numbered as they appear', async () => {
    const ids = ['7', '007', '7.0', '1.0', '9007199254740992', '9007199254740993', '0', '-1', 'größe', '漢字', 'e\u0301', 'a'.repeat(11), 'a'.repeat(12), '#7', '1e3'];
    const ratings = await read(ids.map((id, at) => `u,${id},${at}`).join('\n'));
    expect([...ratings.items]).toEqual(ids);
    expect([...ratings.itemOf]).toEqual(ids.map((_, at) => at));
  });
  it('in quotes keep their blanks, separators and line ends', async () => {
    const text = '" a ","b,c",1\n"say ""hi""","two\nlines",2\n"#x",y,3\n';
    expect(triplesOf(await read(text))).toEqual([[' a ', 'b,c', 1], ['say "hi"', 'two\nlines', 2], ['#x', 'y', 3]]);
  });
  it('known before keep their index, and new ones come behind', async () => {
    const train = await read('1,a,1\n2,b,1');
    const test = await read('3,b,1\n2,c,1\n1,a,1', { users: train.users, items: train.items });
    expect([...test.userOf]).toEqual([2, 1, 0]);
    expect([...test.itemOf]).toEqual([1, 2, 0]);
    expect([...train.users]).toEqual(['1', '2', '3']);
    expect(countsOf(train)).toEqual({ byUser: Uint32Array.of(1, 1, 0), byItem: Uint32Array.of(1, 1, 0) });
  });
});

describe('numbers and times', () => {
  it('are rounded once, to the nearest', async () => {
    const texts = ['1e-3', '-2.5', '0.1', '.5', '4.', '+3', '123456789012345678', '0.30000000000000004', '1E2', '-0.0', '000123.4500'];
    const ratings = await read(texts.map((text, at) => `u,${at},${text}`).join('\n'));
    expect([...ratings.values]).toEqual(texts.map((text) => Math.fround(Number(text))));
  });
  it('have the value that the language gives their text', () => {
    const texts = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.tuple(fc.maxSafeInteger(), fc.nat(20)).map(([whole, decimals]) => (decimals === 0 ? String(whole) : `${String(whole).slice(0, -decimals)}.${String(whole).slice(-decimals).padStart(decimals, '0')}`)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(numberIn(Buffer.from(`x${text}x`), 1, 1 + text.length)).toBe(Number(text));
      }),
      { numRuns: 1000 },
    );
  });
  it('times are numbers as they stand, or dates as seconds since 1970', async () => {
    const ratings = await read('1,a,5,1234567890123\n1,b,5,2005-09-06\n1,c,5,2005-09-06 00:00:01\n1,d,5,2005-09-06T02:00:00.5+02:00\n1,e,5,-1.5\n', { times: true });
    expect([...ratings.times!]).toEqual([1234567890123, 1125964800, 1125964801, 1125964800.5, -1.5]);
  });
  it('times are read only when asked for, and null where there are none', async () => {
    expect((await read('1,2,3,soon')).times).toBeNull();
    expect((await read('1,2,3', { times: true })).times).toBeNull();
  });
});

describe('MatrixMarket', () => {
  it('has a user a row and an item a column', async () => {
    const text = '%%MatrixMarket matrix coordinate real general\n% note\n900 5 3\n900 2 4.5\n1 2 -1\n900 5 3\n';
    const ratings = await read(text, { times: true });
    expect(triplesOf(ratings)).toEqual([['900', '2', 4.5], ['1', '2', -1], ['900', '5', 3]]);
    expect(ratings.times).toBeNull();
  });
  it('of a pattern rates everything 1', async () => {
    expect(triplesOf(await read('%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 1\n2 1\n'))).toEqual([['1', '1', 1], ['2', '1', 1]]);
  });
});

describe('duplicates', () => {
  const text = '1,a,1,10\n2,a,2,20\n1,b,3,30\n1,a,4,40\n2,b,5,50\n1,a,6,60\n';
  it('last: the last rating of a pair, where it stands', async () => {
    const ratings = await read(text, { duplicates: 'last', times: true });
    expect(triplesOf(ratings)).toEqual([['2', 'a', 2], ['1', 'b', 3], ['2', 'b', 5], ['1', 'a', 6]]);
    expect([...ratings.times!]).toEqual([20, 30, 50, 60]);
    expect(ratings).toMatchObject({ count: 4, duplicates: 2 });
  });
  it('sum: all ratings of a pair, in float64', async () => {
    const ratings = await read(text, { duplicates: 'sum', times: true });
    expect(triplesOf(ratings)).toEqual([['2', 'a', 2], ['1', 'b', 3], ['2', 'b', 5], ['1', 'a', 11]]);
    expect(ratings).toMatchObject({ count: 4, duplicates: 2 });
    expect(triplesOf(await read('1,a,16777216\n1,a,1\n1,a,1\n', { duplicates: 'sum' }))).toEqual([['1', 'a', 16777218]]);
  });
  it('none', async () => {
    expect(await read('1,a,1\n2,a,1\n1,b,1', { duplicates: 'error' })).toMatchObject({ count: 3, duplicates: 0 });
  });
  it('agree with a map of pairs, in any order and over the pieces they are stored in', async () => {
    const count = 150_000;
    const triples = Array.from({ length: count }, (_, p): Triple => [String((p * 7919) % 401), String((p * 104_729 + (p >> 9)) % 353), p % 100]);
    const text = triples.map((triple) => triple.join('\t')).join('\n');
    for (const duplicates of ['last', 'sum'] as const) {
      const expected = new Map<string, Triple>();
      for (const [user, item, rating] of triples) {
        const key = `${user} ${item}`;
        const before = duplicates === 'sum' ? (expected.get(key)?.[2] ?? 0) : 0;
        expected.delete(key);
        expected.set(key, [user, item, before + rating]);
      }
      const ratings = await read(text, { duplicates });
      expect(ratings.duplicates).toBe(count - expected.size);
      expect(triplesOf(ratings).join('\n') === [...expected.values()].join('\n')).toBe(true);
    }
  });
});

const anyId = fc.oneof(fc.integer({ min: 10, max: 13 }).map((length) => 'b'.repeat(length)), fc.nat().map(String), fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom('a', 'é', ',', '"', ' ', ';', '\n', '\t', ':', '3', '漢', '#') }));
const withZeros = fc.integer({ min: 1, max: 13 }).map((length) => 'a'.padEnd(length, '\0'));
const written = (id: string): string => (/^[\w漢é]+$/.test(id) ? id : `"${id.replaceAll('"', '""')}"`);

describe('round trip', () => {
  it('any ids, separator, quoting and line ends', async () => {
    const triples = fc.uniqueArray(fc.tuple(anyId, anyId, fc.float({ noNaN: true, noDefaultInfinity: true, noInteger: false }).map((x) => (x === 0 ? 0 : x))), { minLength: 1, maxLength: 12, selector: ([user, item]) => JSON.stringify([user, item]) });
    await fc.assert(
      fc.asyncProperty(triples, fc.constantFrom(',', ';', '\t', '::', ' '), fc.constantFrom('\n', '\r\n'), fc.boolean(), async (all, separator, end, quoteAll) => {
        const quote = quoteAll ? (id: string): string => `"${id.replaceAll('"', '""')}"` : written;
        const text = [['user', 'item', 'rating'].join(separator), ...all.map(([user, item, rating]) => [quote(user), quote(item), String(rating)].join(separator))].join(end);
        expect(triplesOf(await read(text))).toEqual(all);
      }),
      { numRuns: 200 },
    );
  });
  it('records do not depend on where the file is cut', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
    const separators = fc.constantFrom<Separator>(',', ';', '\t', '::', 'blanks');
    const content = fc.string({ maxLength: 60, unit: fc.constantFrom('a', ',', ';', '\t', ':', ' ', '\n', '\r\n', '1', 'é', '#') });
    fc.assert(
      fc.property(content, separators, lengths, (text, separator, cuts) => {
        const whole = recordsOf(Buffer.from(text), separator, [1000]);
        expect(recordsOf(Buffer.from(text), separator, cuts)).toEqual(whole);
      }),
    );
  });
});

function recordsOf(content: Buffer, separator: Separator, lengths: readonly number[]): unknown[] {
  const records: unknown[] = [];
  const scanner = new FieldScanner('memory', { separator, comments: true }, ({ bytes, begins, ends, count, line }) => {
    records.push([line, ...Array.from({ length: count }, (_, at) => bytes.toString('utf8', begins[at], ends[at]))]);
  });
  for (let at = 0, turn = 0; at < content.length; turn++) {
    const length = lengths[turn % lengths.length];
    scanner.push(content.subarray(at, at + length));
    at += length;
  }
  scanner.end();
  return records;
}

describe('Ids', () => {
  it('find what they were given, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyId, withZeros), { maxLength: 400 }), anyId, (list, other) => {
        const ids = new Ids();
        const indices = list.map((id) => ids.add(id));
        const distinct = [...new Set(list)];
        expect([...ids]).toEqual(distinct);
        expect(indices).toEqual(list.map((id) => distinct.indexOf(id)));
        expect(ids.indexOf(other)).toBe(distinct.indexOf(other));
      }),
    );
  });
  it('take a number as its digits', () => {
    const ids = new Ids();
    for (const number of [0, 9, 10, 99, 100, 1_234_567, 2 ** 32, 10 ** 15, Number.MAX_SAFE_INTEGER]) {
      expect(ids.of(ids.add(number))).toBe(String(number));
      expect(ids.indexOf(number)).toBe(ids.indexOf(String(number)));
    }
  });
  it('hold half a million with gaps', () => {
    const ids = new Ids();
    for (let i = 0; i < 500_000; i++) ids.add(i * 17_179_869);
    expect(ids.count).toBe(500_000);
    for (let i = 0; i < 500_000; i += 997) expect(ids.indexOf(i * 17_179_869)).toBe(i);
    expect(ids.indexOf(5)).toBe(-1);
  });
  it('have no text for an index that none has', () => {
    expect(() => new Ids().of(0)).toThrow('there is no id of index 0, expected one below 0');
  });
});
