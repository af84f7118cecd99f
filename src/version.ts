/** Version of this package; scheduler and workers must have the same. */
export const VERSION = '0.1.0';
