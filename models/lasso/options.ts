/** What a Lasso is asked to do: one schema for the library and the command line. */
import { z } from 'zod';

export const lassoOptionsSchema = z
  .strictObject({
    /** Weight of the penalty in 1/(2n) ||y - Xβ||² + α ||β||₁. */
    alpha: z.number().positive().optional(),
    /** α as a part of α_max, the smallest α at which every coefficient is 0. */
    alphaRatio: z.number().positive().optional(),
    /** ρ: the part of the penalty that is |β|; the rest is β²/2, the elastic net. */
    l1Ratio: z.number().positive().max(1).default(1),
    /** β ≥ 0. */
    nonNegative: z.boolean().default(false),
    /** Centre X and y, and fit an intercept. */
    intercept: z.boolean().default(true),
    /** Centre, and divide the columns by their population standard deviation. */
    standardize: z.boolean().default(false),
    /** Stop at this relative duality gap. */
    tol: z.number().positive().default(1e-6),
    maxRounds: z.int().positive().default(100_000),
    schedule: z.enum(['working-set', 'round-robin', 'random', 'priority']).default('working-set'),
    /** Shards of rows or of columns; auto goes by the shape of X and the schedule. */
    cut: z.enum(['auto', 'rows', 'columns']).default('auto'),
    /** Variables a round; the working set has a size of its own. */
    block: z.int().positive().max(4096).default(64),
    /** Solve a block jointly on its Gram matrix, or update each variable as if the others stood still. */
    coupling: z.enum(['exact', 'independent']).default('exact'),
    /** Variables in flight together have correlations below this in size; without it nothing is filtered. */
    dependencyThreshold: z.number().positive().max(1).optional(),
    /** Scheduler shards, each of which draws from a range of the variables of its own. */
    schedulers: z.int().positive().max(4096).default(1),
    /** Round t reads the commits of rounds up to t - 1 - pipeline. */
    pipeline: z.int().nonnegative().max(64).default(0),
    seed: z.int().nonnegative().max(0xffff_ffff).default(0),
  })
  .refine(({ alpha, alphaRatio }) => alpha === undefined || alphaRatio === undefined, { message: 'give alpha or alphaRatio, not both', path: ['alpha'] })
  .refine(({ schedule, dependencyThreshold }) => schedule !== 'working-set' || dependencyThreshold === undefined, {
    message: 'the working set solves the dependencies of its variables instead of filtering them: leave the threshold out, or choose the schedule priority, random or round-robin',
    path: ['dependencyThreshold'],
  })
  .refine(({ schedule, schedulers }) => schedule !== 'working-set' || schedulers === 1, {
    message: 'the working set is chosen among all variables by one scheduler: leave schedulers out, or choose the schedule priority, random or round-robin',
    path: ['schedulers'],
  })
  .refine(({ schedule, cut }) => schedule === 'working-set' || cut !== 'columns', {
    message: 'blocks of variables are updated from sums over shards of rows: leave the cut out, or choose the schedule working-set',
    path: ['cut'],
  });

export type LassoOptions = z.infer<typeof lassoOptionsSchema>;
/** What a caller passes; everything but alpha has a default. */
export type LassoInput = z.input<typeof lassoOptionsSchema>;

/** α when neither alpha nor alphaRatio is given: scikit-learn's default. */
export const DEFAULT_ALPHA = 1;
