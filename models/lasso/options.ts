/** What a Lasso is asked to do: one schema for the library and the command line. */
import { z } from 'zod';

export const lassoOptionsSchema = z
  .strictObject({
    /** Weight of the penalty in 1/(2n) ||y - Xβ||² + α ||β||₁. */
    alpha: z.number().positive().optional(),
    /** α as a part of α_max, the smallest α at which every coefficient is 0. */
    alphaRatio: z.number().positive().optional(),
    /** Centre X and y, and fit an intercept. */
    intercept: z.boolean().default(true),
    /** Centre, and divide the columns by their population standard deviation. */
    standardize: z.boolean().default(false),
    /** Stop at this relative duality gap. */
    tol: z.number().positive().default(1e-6),
    maxRounds: z.int().positive().default(100_000),
    schedule: z.enum(['working-set', 'round-robin', 'random']).default('working-set'),
    /** Variables a round; the working set has a size of its own. */
    block: z.int().positive().max(4096).default(64),
    /** Solve a block jointly on its Gram matrix, or update each variable as if the others stood still. */
    coupling: z.enum(['exact', 'independent']).default('exact'),
    /** Round t reads the commits of rounds up to t - 1 - pipeline. */
    pipeline: z.int().nonnegative().max(64).default(0),
    seed: z.int().nonnegative().max(0xffff_ffff).default(0),
  })
  .refine(({ alpha, alphaRatio }) => alpha === undefined || alphaRatio === undefined, { message: 'give alpha or alphaRatio, not both', path: ['alpha'] });

export type LassoOptions = z.infer<typeof lassoOptionsSchema>;
/** What a caller passes; everything but alpha has a default. */
export type LassoInput = z.input<typeof lassoOptionsSchema>;

/** α when neither alpha nor alphaRatio is given: scikit-learn's default. */
export const DEFAULT_ALPHA = 1;
