import { describe, expect, it } from 'vitest';
import { distributions, workerPrograms } from '../../models/workers.js';

describe('a worker process', () => {
  it('can cut the data of every program that it serves', () => {
    expect([...distributions.keys()].sort()).toEqual([...workerPrograms.keys()].sort());
  });
});
