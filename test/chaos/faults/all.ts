/** Every fault that can be done to a run. */
import { comings } from './elastic.js';
import type { Fault } from './fault.js';
import { cuts } from './network.js';
import { deaths } from './phases.js';
import { longSilences, silences } from './silence.js';
import { storages } from './storage.js';

/** Those that take no longer than a run and a few heartbeats. */
export const SHORT_FAULTS: readonly Fault[] = [...deaths, ...silences, ...cuts, ...comings, ...storages];
export const FAULTS: readonly Fault[] = [...deaths, ...silences, ...longSilences, ...cuts, ...comings, ...storages];

/** Who has this long has time for all of them. */
export const MINUTES_OF_ALL = 5;
