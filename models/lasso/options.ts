/** What a Lasso is asked to do: schemas for the library and the command line. */
import { z } from 'zod';

const trainingShape = {
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
  /** Rounds at one α. */
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
};

/** What holds for every training: everything but which α. */
export type TrainingOptions = z.infer<z.ZodObject<typeof trainingShape>>;

interface Issues {
  addIssue(issue: { code: 'custom'; message: string; path: string[] }): void;
}

function refuse(issues: Issues, path: string, message: string): void {
  issues.addIssue({ code: 'custom', message, path: [path] });
}

function checkSchedule({ schedule, dependencyThreshold, schedulers, cut }: TrainingOptions, issues: Issues): void {
  if (schedule !== 'working-set') {
    if (cut === 'columns') refuse(issues, 'cut', 'blocks of variables are updated from sums over shards of rows: leave the cut out, or choose the schedule working-set');
    return;
  }
  if (dependencyThreshold !== undefined) refuse(issues, 'dependencyThreshold', 'the working set solves the dependencies of its variables instead of filtering them: leave the threshold out, or choose the schedule priority, random or round-robin');
  if (schedulers !== 1) refuse(issues, 'schedulers', 'the working set is chosen among all variables by one scheduler: leave schedulers out, or choose the schedule priority, random or round-robin');
}

export const lassoOptionsSchema = z
  .strictObject({
    ...trainingShape,
    /** Weight of the penalty in 1/(2n) ||y - Xβ||² + α (ρ ||β||₁ + (1 - ρ)/2 ||β||²). */
    alpha: z.number().positive().optional(),
    /** α as a part of α_max, the smallest α at which every coefficient is 0. */
    alphaRatio: z.number().positive().optional(),
  })
  .superRefine((options, issues) => {
    checkSchedule(options, issues);
    if (options.alpha !== undefined && options.alphaRatio !== undefined) refuse(issues, 'alpha', 'give alpha or alphaRatio, not both');
  });

export type LassoOptions = z.infer<typeof lassoOptionsSchema>;
/** What a caller passes; everything but alpha has a default. */
export type LassoInput = z.input<typeof lassoOptionsSchema>;

/** α when neither alpha nor alphaRatio is given: scikit-learn's default. */
export const DEFAULT_ALPHA = 1;

export const lassoPathOptionsSchema = z
  .strictObject({
    ...trainingShape,
    /** Number of α, evenly spaced in log from α_max down. */
    path: z.int().min(2).max(10_000).default(100),
    /** The last α as a part of α_max. */
    pathRatio: z.number().positive().lt(1).default(0.01),
    /** The α themselves, descending, instead of `path` and `pathRatio`. */
    alphas: z.array(z.number().positive()).min(1).max(10_000).optional(),
    /** Folds of a cross-validation over the path. */
    cv: z.int().min(2).max(1000).optional(),
  })
  .superRefine((options, issues) => {
    checkSchedule(options, issues);
    const { alphas, cv, schedule } = options;
    const rise = alphas?.findIndex((alpha, k) => k > 0 && alpha >= alphas[k - 1]!) ?? -1;
    if (rise > 0) refuse(issues, 'alphas', `alpha ${alphas![rise]} follows ${alphas![rise - 1]}: a path descends, so that each solution starts the next; give the alphas from the largest to the smallest`);
    if (cv !== undefined && schedule !== 'working-set') refuse(issues, 'cv', 'folds share one upload of X under the schedule working-set only: leave the schedule out');
  });

export type LassoPathOptions = z.infer<typeof lassoPathOptionsSchema>;
export type LassoPathInput = z.input<typeof lassoPathOptionsSchema>;
