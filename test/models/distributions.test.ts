import { describe, expect, it } from 'vitest';
import { LDA_PROGRAM } from '../../models/lda/operations.js';
import { MF_PROGRAM } from '../../models/mf/operations.js';
import { distributions, workerPrograms } from '../../models/workers.js';

describe('a worker process', () => {
  it('can cut the data of every program whose data are a matrix', () => {
    const ofMatrices = [...workerPrograms.keys()].filter((program) => program !== MF_PROGRAM && program !== LDA_PROGRAM);
    expect([...distributions.keys()].sort()).toEqual(ofMatrices.sort());
  });
});
