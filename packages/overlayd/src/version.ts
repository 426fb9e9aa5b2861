/** The version of this build, as in the lease and in `--version`. */
export const VERSION = '0.1.0';
